using System.Collections.Immutable;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// A backup and the world around it on a clock of its own, to the millisecond: a master that sends adverts and answers questions, the service through the floating IP, the
/// cloud. Each can fall silent.
/// </summary>
internal sealed class InquiryStage
{
    private readonly PriorityQueue<Action, (long At, int Order)> _events = new();
    private readonly Dictionary<int, uint> _sequences = [];
    private int _order;
    private bool _awake = true;

    public InquiryStage(int nodes = 2, double interval = 1)
    {
        Settings = new ClusterSettings
        {
            Cluster = "sim",
            Nodes = [.. Enumerable.Range(1, nodes).Select(i => new Node($"n{i}", 100 + i, 150 - i))],
            Me = 1,
            Interval = TimeSpan.FromSeconds(interval),
            Checks = [new CheckWeight("haproxy", 0)],
        };
        State = Election.Start(Settings, null, 1, Now);
        Take(new Input.CheckChanged(0, true, "up"));
        for (var i = 0; i < nodes; i++)
            if (i != Settings.Me)
                Beat(i);
    }

    public ClusterSettings Settings { get; }

    public ElectionState State { get; }

    public TimeSpan Now { get; private set; } = TimeSpan.FromSeconds(1000);

    /// <summary>Adverts of these nodes arrive.</summary>
    public HashSet<int> Speaks { get; } = [0, 2];

    /// <summary>These answer questions.</summary>
    public HashSet<int> Answers { get; } = [0, 2];

    /// <summary>The third node hears the first.</summary>
    public bool ThirdHearsFirst { get; set; } = true;

    /// <summary>What a probe gets: true an answer, false a refusal, null nothing.</summary>
    public bool? Service { get; set; } = true;

    /// <summary>Regular adverts get lost.</summary>
    public bool LosesBeats { get; set; }

    /// <summary>So many questions get one answer.</summary>
    public int AnswersOneOf { get; set; } = 1;

    public double AnswerTakes { get; set; } = 0.001;

    /// <summary>So long all adverts of the others are held back on their way.</summary>
    public double HeldBack { get; set; }

    public Version PeerVersion { get; set; } = new(1, 1, 0);

    public double ProbeTakes { get; set; } = 0.002;

    public TimeSpan Hold { get; set; }

    public int Lookups { get; private set; }

    public int Asked { get; private set; }

    public List<Event> Events { get; } = [];

    private TimeSpan FirstHeardAt { get; set; }

    /// <summary>Lives until then, or until this node is master.</summary>
    /// <returns>How many seconds that took.</returns>
    public double RunUntilMaster(double seconds)
    {
        var (from, end) = (Now, Now + TimeSpan.FromSeconds(seconds));
        while (State.Role != Role.Master && Now < end)
            Next(end);
        return (Now - from).TotalSeconds;
    }

    public InquiryStage Run(double seconds)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        while (Now < end)
            Next(end);
        return this;
    }

    /// <summary>This node itself stands still; what comes in waits.</summary>
    public void StandStill(double seconds)
    {
        _awake = false;
        Run(seconds);
        _awake = true;
    }

    private void Next(TimeSpan end)
    {
        var due = _events.TryPeek(out _, out var first) ? new TimeSpan(first.At) : Moment.Forever;
        var deadline = _awake ? State.NextDeadline : Moment.Forever;
        var at = Moment.Min(due, deadline);
        if (at > end)
        {
            Now = end;
            return;
        }
        Now = Moment.Max(Now, at);
        if (due <= deadline)
            _events.Dequeue()();
        else
            Take(new Input.Deadline());
    }

    public void Take(Input input)
    {
        if (!_awake)
        {
            After(0.001, () => Take(input));
            return;
        }
        var effects = new List<Effect>();
        Election.Step(State, input, Now, effects);
        foreach (var effect in effects)
            Perform(effect);
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case Effect.SendAdvert send:
                for (var i = 0; i < send.Copies; i++)
                    Send(Election.BuildAdvert(State, Now));
                break;
            case Effect.ReadHolder:
                Lookups++;
                var sent = Now;
                After(0.02, () => Take(new Input.HolderRead(sent, ApiStatus.Ok, 101, false, true, null, "")));
                break;
            case Effect.ProbeGuard probe:
                var service = Service;
                After(service is null ? 0.4 : ProbeTakes, () => Take(new Input.GuardAnswered(service == true, "") { TimedOut = service is null, Number = probe.Number }));
                break;
            case Effect.Announce announce:
                Events.Add(announce.Event);
                break;
            default:
                break;
        }
    }

    private void Send(Advert advert)
    {
        if (advert.Asks is not { } asked)
            return;
        if (++Asked % AnswersOneOf != 0)
            return;
        for (var i = 0; i < Settings.Nodes.Length; i++)
            if (i is var node && Speaks.Contains(node) && (asked == 0 || asked == Settings.Nodes[node].Id))
                After(AnswerTakes, () => Reply(node, advert.Sequence));
    }

    private void Reply(int node, uint question)
    {
        if (Answers.Contains(node))
            Speak(node, new Answer(Settings.Self.Id, question));
    }

    private void Beat(int node)
    {
        if (!LosesBeats)
            Speak(node, null);
        After(Settings.Interval.TotalSeconds, () => Beat(node));
    }

    private void Speak(int node, Answer? answer)
    {
        if (!Speaks.Contains(node))
            return;
        if (node == 0)
            FirstHeardAt = Now;
        var firstAge = ThirdHearsFirst && Speaks.Contains(0) ? TimeSpan.Zero : Now - FirstHeardAt;
        ImmutableArray<PeerReport> peers = [Report(Settings.Self.Id, State.Adverts.Session, TimeSpan.Zero)];
        if (node != 0)
            peers = peers.Add(Report(Settings.Nodes[0].Id, 5, ThirdHearsFirst && node == 2 && !Speaks.Contains(0) ? TimeSpan.Zero : firstAge));
        var sequence = _sequences[node] = _sequences.GetValueOrDefault(node) + 1;
        var advert = new Advert
        {
            Cluster = "sim",
            Node = Settings.Nodes[node].Name,
            Session = 5,
            Sequence = sequence,
            Term = 3,
            Role = node == 0 ? Role.Master : Role.Backup,
            Priority = 100,
            EffectivePriority = 100,
            Fit = true,
            ApiReachable = true,
            Hold = Hold,
            Holder = new Holder(HolderKind.Node, Settings.Nodes[0].Id, 101),
            HolderAge = TimeSpan.FromSeconds(5),
            Master = node == 0 ? Settings.Nodes[0].Id : 0,
            MasterTerm = node == 0 ? 3u : 0,
            Answers = answer is { } given ? [given] : [],
            AgentVersion = PeerVersion,
            Peers = peers,
        };
        if (HeldBack > 0)
            After(HeldBack, () => Take(new Input.AdvertHeard(node, advert)));
        else
            Take(new Input.AdvertHeard(node, advert));
    }

    private static PeerReport Report(uint node, ulong session, TimeSpan age) => new(node, session, age, age, Role.Master, true, true, false, false, 100);

    private void After(double seconds, Action what) => _events.Enqueue(what, ((Now + TimeSpan.FromSeconds(seconds)).Ticks, _order++));
}
