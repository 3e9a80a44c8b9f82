using System.Globalization;

namespace FlipAgent.Kernel;

/// <summary>
/// What the unit gives to the agent and a program that it starts must not have: the place behind all others when the kernel looks for memory (a check that eats
/// all of it would be spared, and HAProxy killed), and the right to run before all others.
/// </summary>
internal static class OrdinaryRights
{
    private const int MaxDepth = 8;

    /// <summary>Takes both from a program that has just been started, and from what it has started already.</summary>
    public static void Give(int pid) => Give(pid, isSpared: OwnOomScore() < 0);

    /// <param name="isSpared">It has inherited a place behind others.</param>
    internal static void Give(int pid, bool isSpared, int depth = 0)
    {
        var none = default(Libc.Limit);
        _ = Libc.PrLimit(pid, Libc.LimitRealTimePriority, in none, 0);
        if (isSpared)
            Write($"/proc/{pid}/oom_score_adj", "0");
        // What it started before this has inherited the old values; what it starts from now on inherits the new ones.
        if (depth < MaxDepth)
            foreach (var child in Read($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                if (int.TryParse(child, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                    Give(number, isSpared, depth + 1);
    }

    private static int OwnOomScore() =>
        int.TryParse(Read("/proc/self/oom_score_adj"), NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var score) ? score : 0;

    private static string Read(string path) => RegularFile.Read(path, 64 * 1024).Content is { } content ? System.Text.Encoding.ASCII.GetString(content) : "";

    private static void Write(string path, string text)
    {
        try
        {
            File.WriteAllText(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended in this very moment, or became another user's (setuid).
        }
    }
}
