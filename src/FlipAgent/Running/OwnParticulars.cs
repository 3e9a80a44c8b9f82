using FlipAgent.Config;
using FlipAgent.Control;
using FlipAgent.Core;

namespace FlipAgent.Running;

/// <summary>
/// What this node says of itself to people on other nodes: in every fourth advert, and in the next ones when something of it has changed. Where the configuration has more
/// keys than one advert takes, each carries a page of them. The loop only.
/// </summary>
internal sealed class OwnParticulars(CurrentConfig current, Func<Listening> listens)
{
    private const int Every = 4;

    private RunningConfig? _running;
    private ConfigPrints? _prints;
    private Particulars _said = new();
    private TimeSpan _until = Moment.Forever;
    private bool _maintenance;
    private int _page;
    private int _atOnce;
    private int _since;

    /// <summary>The prints of the configuration in use; null: there is no cluster key.</summary>
    public ConfigPrints? Prints
    {
        get
        {
            var running = current.Value;
            if (running != _running && (running.Config != _running?.Config || running.Keys != _running.Keys))
                _prints = running.Keys is { } keys ? new ConfigPrints(running.Config, keys) : null;
            _running = running;
            return _prints;
        }
    }

    /// <summary>Where the service of this node listens.</summary>
    public Listening Listens => listens();

    /// <summary>After a turn: notes what has changed.</summary>
    public void Look(ElectionState s)
    {
        var before = _prints;
        var prints = Prints;
        var (write, found, by) = (ParticularWords.WriteOf(s), listens(), s.Maintenance.By ?? "");
        if (prints == before && write == _said.Write && found == _said.Listens && by == _said.MaintenanceBy && s.Maintenance.Until == _until && s.Maintenance.On == _maintenance)
            return;
        _said = new Particulars { Write = write, Listens = found, MaintenanceBy = by };
        (_until, _maintenance) = (s.Maintenance.Until, s.Maintenance.On);
        _atOnce = Math.Max(1, prints?.Pages ?? 0);
    }

    /// <summary>The advert, with what is to be said in it.</summary>
    public Advert With(Advert advert, TimeSpan now)
    {
        // The advert of the turn in which a maintenance begins leaves before this has seen it: what was known before says nothing of it.
        if (advert.Maintenance != _maintenance || (_atOnce == 0 && ++_since < Every))
            return advert;
        _since = 0;
        _atOnce = Math.Max(0, _atOnce - 1);
        var said = _until == Moment.Forever ? _said : _said with { MaintenanceLeft = _until - now };
        if (_prints is not { Pages: > 0 } prints)
            return advert with { Particulars = said };
        _page = (_page + 1) % prints.Pages;
        return advert with { Particulars = said with { KeyId = prints.ActiveId, Page = (byte)_page, Pages = (byte)prints.Pages, Prints = prints.Page(_page) } };
    }
}
