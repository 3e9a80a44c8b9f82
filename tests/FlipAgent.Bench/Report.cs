using System.Globalization;
using System.Text;
using FlipAgent.Harness;

namespace FlipAgent.Bench;

/// <summary>What was compared, and on what.</summary>
internal sealed record Versions(string Kernel, string HaProxy, string Keepalived, string FlipAgent, string? Former)
{
    public static Versions Read(BenchOptions options) => new(
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), First("haproxy", "-v"), First("keepalived", "--version"), First(options.Agent, "--version"),
        options.Former is { } former ? First(former, "--version") : null);

    private static string First(string program, string argument) =>
        Shell.Run(Shell.Find(program) ?? program, argument).Text.Split('\n')[0].Split(" - ")[0].Trim();
}

/// <summary>The files of a run: results.md with tables, rounds.tsv, footprint.tsv and growth.tsv with the data, bench.svg with every round as a dot.</summary>
internal sealed class Report(BenchOptions options, Versions versions)
{
    public string Tables => Path.Combine(options.Out, "results.md");

    public void Write(IReadOnlyList<Round> rounds, IReadOnlyList<Footprint> footprints, IReadOnlyList<Growth> growth, IReadOnlyList<string> left)
    {
        Data("rounds.tsv", Round.Header, rounds.Select(r => r.Tsv));
        Data("footprint.tsv", Footprint.Header, footprints.Select(f => f.Tsv));
        Data("growth.tsv", Growth.Header, growth.Select(g => g.Tsv));
        File.WriteAllText(Path.Combine(options.Out, "bench.svg"), Plot.Draw(rounds));
        var text = new StringBuilder();
        text.Append($"kernel {versions.Kernel}, {versions.HaProxy}, {versions.Keepalived}, {versions.FlipAgent}{(versions.Former is { } former ? $", former {former}" : "")}; ");
        text.Append($"{Environment.ProcessorCount} processors, {options.Rounds} rounds (the slow situations {Math.Max(1, options.Rounds / 5)}), the client asks every {Ground.AskEvery.TotalMilliseconds:0} ms; ");
        text.Append($"outages in ms without the {Ground.CloudMs} ms of the cloud.\n");
        foreach (var advert in rounds.Select(r => r.AdvertMs).Distinct())
            Outages(text, advert, [.. rounds.Where(r => r.AdvertMs == advert)]);
        Sizes(text, footprints);
        Grown(text, growth);
        if (left.Count > 0)
            text.Append($"\nNot played: {string.Join(", ", left)}.\n");
        File.WriteAllText(Tables, text.ToString());
    }

    /// <param name="share">0 to 1: 0.5 is the median, 1 the longest.</param>
    public static double Quantile(IReadOnlyList<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];
    }

    private void Data(string name, string header, IEnumerable<string> lines) => File.WriteAllLines(Path.Combine(options.Out, name), [header, .. lines]);

    private static void Outages(StringBuilder text, int advertMs, IReadOnlyList<Round> rounds)
    {
        text.Append($"\nAdverts every {advertMs} ms\n\n| situation | who | rounds | median | p90 | max | first request: median | p99 | assigns | false failovers | served in the end | holder |\n");
        text.Append("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var situation in Situation.All)
        {
            foreach (var of in rounds.Where(r => r.Situation == situation.Name).GroupBy(r => r.Who))
            {
                double[] own = [.. of.Select(r => r.OwnMs)];
                double[] requests = [.. of.Select(r => r.RequestMs).OfType<double>()];
                var holders = string.Join(", ", of.GroupBy(r => r.Holder).OrderBy(g => g.Key).Select(g => $"{(g.Key == 0 ? "other" : $"haproxy-{g.Key}")} {g.Count()}"));
                text.Append(CultureInfo.InvariantCulture, $"| {situation.Text} | {of.Key} | {own.Length} | {Quantile(own, 0.5):0} | {Quantile(own, 0.9):0} | {Quantile(own, 1):0} ");
                text.Append(CultureInfo.InvariantCulture, $"| {Request(requests, 0.5)} | {Request(requests, 0.99)} ");
                text.Append(CultureInfo.InvariantCulture, $"| {of.Sum(r => r.Assigns)} | {of.Sum(r => r.FalseMoves)} | {of.Count(r => r.Served)} | {holders} |\n");
            }
        }
    }

    /// <summary>Nobody asked for the address: there is nothing to tell.</summary>
    private static string Request(double[] requests, double share) =>
        requests is [] ? "-" : Quantile(requests, share).ToString("0.0", CultureInfo.InvariantCulture);

    private static void Sizes(StringBuilder text, IReadOnlyList<Footprint> footprints)
    {
        if (footprints.Count == 0)
            return;
        text.Append("\nAn idle node\n\n| who | processes | PSS, MB | RSS, MB | CPU, ms in each s | start to ready, ms | program, MB |\n|---|---|---|---|---|---|---|\n");
        foreach (var f in footprints)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {f.Who} | {f.Processes} | {f.PssKb / 1024.0:0.0} | {f.RssKb / 1024.0:0.0} ");
            text.Append(CultureInfo.InvariantCulture, $"| {f.CpuMs / f.Seconds:0.0} | {f.ReadyMs:0} | {f.ProgramKb / 1024.0:0.0} |\n");
        }
    }

    private static void Grown(StringBuilder text, IReadOnlyList<Growth> growth)
    {
        if (growth.Count == 0)
            return;
        text.Append("\nFlipAgent with more nodes\n\n| nodes | adverts every | CPU of a node, ms in each s | datagrams of a node in each s |\n|---|---|---|---|\n");
        foreach (var g in growth)
            text.Append(CultureInfo.InvariantCulture, $"| {g.Nodes} | {g.AdvertMs} ms | {g.CpuMsPerS:0.0} | {g.Datagrams:0.0} |\n");
    }
}
