namespace FlipAgent.Systemd;

/// <summary>What a call came to: a value, or why there is none.</summary>
/// <param name="value">Null without an answer.</param>
/// <param name="errorName">The D-Bus error, such as org.freedesktop.systemd1.NoSuchUnit; empty when it was no error of the other side.</param>
/// <param name="problem">Null: it was answered.</param>
internal readonly struct BusReply<T>(T? value, string errorName, string? problem)
{
    public bool Ok => problem is null;

    public T? Value => value;

    public string ErrorName => errorName;

    public string Problem => problem ?? "";
}
