namespace FlipAgent.Core.Tests.Owners;

/// <summary>The search for a sign of life (rule E6): how often it asks and probes, what begins it anew, and from when on silence counts.</summary>
public sealed class InquiryStateTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(200);
    private readonly Inquiry _inquiry = new();

    public InquiryStateTests() => _inquiry.Open(Ms(0));

    [Fact]
    public void The_first_four_questions_come_a_quarter_of_the_patience_apart_and_then_a_whole_one()
    {
        var asked = new List<int>();
        for (var ms = 0; ms <= 800; ms++)
        {
            _inquiry.Step(Ms(ms));
            if (!_inquiry.Ask(s_patience, Ms(ms)))
                continue;
            Assert.True(_inquiry.AskDue);
            Assert.False(_inquiry.Ask(s_patience, Ms(ms))); // Once, until the advert is built.
            _inquiry.Asked(Ms(ms));
            asked.Add(ms);
        }
        Assert.Equal([0, 50, 100, 150, 350, 550, 750], asked);
    }

    [Fact]
    public void Two_probes_are_in_flight_at_most_and_begin_100_ms_apart()
    {
        Assert.Equal(1, _inquiry.Probe(Ms(0)));
        Assert.Equal(0, _inquiry.Probe(Ms(99)));
        Assert.Equal(2, _inquiry.Probe(Ms(100)));
        Assert.Equal(0, _inquiry.Probe(Ms(500)));
        _inquiry.Answered(1, silent: true, Ms(510));
        Assert.Equal(3, _inquiry.Probe(Ms(510)));
        Assert.Equal(Moment.Never, _inquiry.LifeAt);
        _inquiry.Answered(3, silent: false, Ms(520));
        Assert.Equal(Ms(520), _inquiry.LifeAt);
    }

    [Fact]
    public void A_node_that_was_held_up_for_more_than_100_ms_begins_anew()
    {
        _inquiry.Probe(Ms(0));
        _inquiry.Step(Ms(100));
        Assert.Equal(Ms(0), _inquiry.OpenedAt);
        Assert.True(_inquiry.AnyIsSilent(s_patience, Ms(300)));
        _inquiry.Step(Ms(201));
        Assert.Equal(Ms(201), _inquiry.OpenedAt);
        Assert.False(_inquiry.AnyIsSilent(s_patience, Ms(500)));
    }

    [Fact]
    public void What_belonged_to_an_inquiry_that_is_over_does_not_count_in_the_next()
    {
        _inquiry.Ask(s_patience, Ms(0));
        _inquiry.Probe(Ms(0));
        _inquiry.Close();
        Assert.False(_inquiry.IsOpen);
        Assert.False(_inquiry.AskDue);
        Assert.False(_inquiry.AnyIsSilent(s_patience, Ms(1000)));
        _inquiry.Open(Ms(1000));
        Assert.Equal((true, Ms(1000)), (_inquiry.IsOpen, _inquiry.OpenedAt));
        Assert.True(_inquiry.Ask(s_patience, Ms(1000)));
    }

    [Fact]
    public void A_probe_is_silent_after_the_whole_patience()
    {
        Assert.False(_inquiry.AnyIsSilent(s_patience, Ms(1000)));
        _inquiry.Probe(Ms(10));
        Assert.False(_inquiry.AnyIsSilent(s_patience, Ms(209.9)));
        Assert.True(_inquiry.AnyIsSilent(s_patience, Ms(210)));
        _inquiry.Answered(1, silent: false, Ms(211));
        Assert.False(_inquiry.AnyIsSilent(s_patience, Ms(300)));
    }

    /// <summary>Two probes that were begun 100 ms apart, and have both waited long enough.</summary>
    [Fact]
    public void The_service_is_silent_since_the_first_of_two_silent_probes()
    {
        _inquiry.Probe(Ms(10));
        Assert.Equal(Moment.Forever, Since(Moment.Never, 0, 400));
        _inquiry.Probe(Ms(110));
        Assert.Equal(Moment.Forever, Since(Moment.Never, 0, 309.9));
        Assert.Equal(Ms(10), Since(Moment.Never, 0, 310));
        Assert.Equal(Ms(10), Since(Moment.Never, 10, 310));
        // The first was begun before the last sign of life: one is left.
        Assert.Equal(Moment.Forever, Since(Moment.Never, 10.1, 310));
        // The guard's own counts as well, when it began far enough from the other.
        Assert.Equal(Ms(5), Since(Ms(5), 0, 310));
        Assert.Equal(Ms(60), Since(Ms(210), 60, 410, begun: 60));
        Assert.Equal(Moment.Forever, Since(Ms(209.9), 110, 410));
        Assert.Equal(Ms(110), Since(Ms(210), 110, 410));
    }

    private static TimeSpan Ms(double ms) => TimeSpan.FromSeconds(1000) + TimeSpan.FromMilliseconds(ms);

    /// <param name="begun">Instead of those of the test, one probe that was begun then.</param>
    private TimeSpan Since(TimeSpan guardsOwn, double since, double now, double? begun = null)
    {
        var inquiry = _inquiry;
        if (begun is { } at)
        {
            inquiry = new();
            inquiry.Open(Ms(0));
            inquiry.Probe(Ms(at));
        }
        return inquiry.ServiceSilentSince(guardsOwn, Ms(since), s_patience, Ms(now));
    }
}
