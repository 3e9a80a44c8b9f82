namespace FlipAgent.Control;

/// <summary>
/// How flipagentctl ends (docs/cli.md). The agent already puts the code into its answer, so that client and server cannot disagree about
/// what a refusal is.
/// </summary>
public static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NotRunning = 3;
    public const int Permission = 4;

    /// <summary>A rule of the election refuses it.</summary>
    public const int Refused = 5;

    /// <summary>Timed out: whether it happened is not known.</summary>
    public const int Unknown = 6;

    /// <summary>The cluster is degraded or critical.</summary>
    public const int Degraded = 7;
    public const int ConfigInvalid = 8;
}
