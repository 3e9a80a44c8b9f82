using FlipAgent.Checks;
using FlipAgent.Config;

namespace FlipAgent.Tests;

/// <summary>Reads pid files, and hangs in one of them as the call of a file system does.</summary>
internal sealed class HungReading : IDisposable
{
    private readonly object _lock = new();
    private string? _path;
    private int _readers;

    /// <summary>The file that hangs; null: none, and who hung goes on.</summary>
    public string? Path
    {
        set
        {
            lock (_lock)
            {
                _path = value;
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <summary>How many hang in it now.</summary>
    public int Readers
    {
        get
        {
            lock (_lock)
                return _readers;
        }
    }

    /// <summary>A check by pid file that reads like this, for <see cref="CheckBench.Run(Func{CheckConfig, CheckContext, Check}, CheckConfig[])"/>.</summary>
    public Check Make(CheckConfig config, CheckContext context) => new PidFileCheck(((CheckConfig.PidFile)config).File, context, Read);

    public PidFile Read(string path)
    {
        lock (_lock)
        {
            _readers++;
            while (_path == path)
                Monitor.Wait(_lock);
            _readers--;
        }
        return PidFile.Read(path);
    }

    public void Dispose() => Path = null;
}
