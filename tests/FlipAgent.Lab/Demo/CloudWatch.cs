using FlipAgent.Harness;

namespace FlipAgent.Lab.Demo;

/// <summary>Carries what the stand-in cloud wrote down, and what Slack received, into the timeline.</summary>
internal sealed class CloudWatch : IAsyncDisposable
{
    private readonly LabCloud _lab;
    private readonly Timeline _timeline;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    public CloudWatch(LabCloud lab, Timeline timeline)
    {
        _lab = lab;
        _timeline = timeline;
        _reading = Read();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        _stop.Dispose();
    }

    private async Task Read()
    {
        long seq = 0;
        var messages = 0;
        while (!_stop.IsCancellationRequested)
        {
            foreach (var entry in _lab.History.After(seq))
            {
                seq = entry.Seq;
                Keep(entry);
            }

            foreach (var message in _lab.SlackMessages.Skip(messages))
            {
                messages++;
                _timeline.Add(new(message.At, "slack", "message", message.Text.Split('\n')[0]));
            }

            await Task.Delay(20, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private void Keep(HistoryEntry entry)
    {
        switch (entry.Kind)
        {
            case "assign":
                _timeline.Add(new(entry.At, "cloud", "assign", $"{entry.Token} asks for the address; the answer is {entry.Status}"));
                break;
            case "holder":
                _timeline.Add(new(entry.At, "cloud", "moved", entry.Text));
                break;
        }
    }
}
