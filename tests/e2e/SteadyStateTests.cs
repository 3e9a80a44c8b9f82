using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;
using Xunit.Abstractions;

namespace FlipAgent.E2E;

/// <summary>
/// What a healthy pair takes of the processor and how punctual its adverts are, beside 1.0.0 in the same minutes of the same machine (docs/performance.md). It tells figures
/// and has no bound on them, so it is no part of <c>make test</c>; with FLIPAGENT_SOAK=1 each version has three minutes, in turn.
/// </summary>
[Collection(OneAfterTheOther.Name)]
[Trait("Category", "Soak")]
public sealed partial class SteadyStateTests(TestGround ground, ITestOutputHelper output)
{
    private const int IntervalMs = 1000;
    private const int AdvertPort = 5112;

    /// <summary>What one version was seen to do, over all its rounds: the share of a processor of each agent, and how far each interval was from T, ms.</summary>
    private sealed record Figures
    {
        public List<double> Processor { get; } = [];

        public List<double> Off { get; } = [];

        /// <summary>Adverts that left between two turns: answers to questions, which 1.0.0 does not know (rule E6).</summary>
        public int Between { get; private set; }

        public void Take(List<double> moments)
        {
            var last = moments[0];
            foreach (var moment in moments.Skip(1))
            {
                if (moment - last < IntervalMs / 2)
                {
                    Between++;
                    continue;
                }
                Off.Add(Math.Abs(moment - last - IntervalMs));
                last = moment;
            }
        }
    }

    [NetFact]
    public async Task A_healthy_pair_beside_one_of_1_0()
    {
        var length = TimeSpan.FromSeconds(Soak.Seconds(5, full: 60));
        var (before, today) = (new Figures(), new Figures());
        for (var round = 0; round < 3; round++)
        {
            await Measure(FirstRelease.Agent, before, length);
            await Measure(Binary.Agent, today, length);
        }
        Tell("1.0.0", before);
        Tell("today", today);
        output.WriteLine(Text($"processor time of today beside 1.0.0: {Median(today.Processor) / Median(before.Processor):0.00}"));
    }

    private async Task Measure(string program, Figures figures, TimeSpan length)
    {
        await using var cluster = await NamespaceCluster.Prepare(ground, new() { IntervalMs = IntervalMs });
        foreach (var node in cluster.Nodes)
            node.Program = program;
        cluster[1].StartAgent();
        await Until.True(async () => await NamespaceCluster.Role(cluster[1]) == "master", cluster.Describe);
        cluster[2].StartAgent();
        await Until.True(async () => await NamespaceCluster.Role(cluster[2]) == "backup", cluster.Describe);
        // What belongs to the start is over: the first lookups, the turns, what is told.
        await Task.Delay(length / 6);
        var taken = cluster.Nodes.Select(ProcessorTime).ToList();
        var arrivals = await Task.WhenAll(Arrivals(cluster[1], cluster[2], length), Arrivals(cluster[2], cluster[1], length));
        figures.Processor.AddRange(cluster.Nodes.Zip(taken, (node, at) => (ProcessorTime(node) - at) / length.TotalSeconds));
        foreach (var moments in arrivals)
        {
            Assert.InRange(moments.Count, (int)(length.TotalSeconds / 2), (int)(length.TotalSeconds * 1.5));
            figures.Take(moments);
        }
        await cluster.Audit(1, most: 0);
    }

    /// <summary>When the adverts of a node came in at another, ms, as the kernel noted it.</summary>
    private static Task<List<double>> Arrivals(Node from, Node at, TimeSpan length) => Task.Factory.StartNew(
        () =>
        {
            using var tap = at.Network.NewUdpTap();
            tap.ReceiveTimeout = 5 * IntervalMs;
            var packet = new byte[2048];
            var moments = new List<double>();
            // The kernel notes the time of a datagram from the first question on.
            _ = ReceivedAt(tap);
            for (var end = Environment.TickCount64 + (long)length.TotalMilliseconds; Environment.TickCount64 < end;)
            {
                var count = tap.Receive(packet);
                var header = (packet[0] & 15) * 4;
                if (ReceivedAt(tap) is { } moment && count > header + 8 && new IPAddress(packet.AsSpan(12, 4)).Equals(from.Address)
                    && BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(header + 2)) == AdvertPort)
                    moments.Add(moment);
            }
            return moments;
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>When the last datagram came in, ms (SIOCGSTAMPNS, socket(7)); null: none has since it was first asked.</summary>
    private static double? ReceivedAt(Socket socket)
    {
        Span<long> time = stackalloc long[2];
        return Ioctl((int)socket.Handle, 0x8907, ref MemoryMarshal.GetReference(time)) == 0 ? (time[0] * 1e3) + (time[1] / 1e6) : null;
    }

    /// <summary>User and system time of the agent so far, s (proc_pid_stat(5): fields 14 and 15, in hundredths).</summary>
    private static double ProcessorTime(Node node)
    {
        var stat = File.ReadAllText($"/proc/{node.Agent!.Id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    private void Tell(string version, Figures figures)
    {
        var (taken, off) = (figures.Processor, figures.Off);
        output.WriteLine(Text($"{version}: {taken.Count} agents, processor {100 * Median(taken):0.00} % (median; {100 * taken.Min():0.00} to {100 * taken.Max():0.00})"));
        output.WriteLine(Text($"{version}: {off.Count} intervals between adverts, off T by {Median(off):0.00} ms (median), {Share(off, 0.99):0.00} ms (99 %), {off.Max():0.00} ms at most; {figures.Between} adverts in between"));
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static double Median(List<double> values) => Share(values, 0.5);

    private static double Share(List<double> values, double share) => values.Order().ElementAt(Math.Min(values.Count - 1, (int)(values.Count * share)));

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(int file, nuint request, ref long time);
}
