namespace FlipAgent.Core.Tests.Owners;

/// <summary>A node's lease (rule E15): until when it is believed in, what ends it, and when the store is asked again.</summary>
public sealed class LeaseStateTests
{
    private static readonly LeaseTerms s_terms = new(TimeSpan.FromSeconds(5));
    private readonly Lease _lease = new();

    [Fact]
    public void It_is_valid_for_a_fiftieth_less_than_the_shorter_of_what_was_asked_and_given()
    {
        Held(10);
        Assert.Equal((7, Second(14.9), false, 1), (_lease.Id, _lease.ValidUntil, _lease.IsUnconfirmed, _lease.Revision));
        Held(11, ttl: 60);
        Assert.Equal((Second(15.9), 1), (_lease.ValidUntil, _lease.Revision));
        // A shorter answer takes nothing back that was given, and a longer wait for the answer gives nothing.
        Held(11.1, ttl: 2);
        Assert.Equal(Second(15.9), _lease.ValidUntil);
        Assert.True(_lease.IsValid(Second(15.8)));
        Assert.False(_lease.IsValid(Second(15.9)));
    }

    [Fact]
    public void Another_number_is_news_for_the_next_run_and_so_is_its_end()
    {
        Held(10, id: 7);
        Held(11, id: 8);
        Assert.Equal((8, 2), (_lease.Id, _lease.Revision));
        Answer(new(LeaseRequest.Renew, Second(12), LeaseStatus.Other, "") { Holder = "n2", Term = 9 });
        Assert.Equal((0, 3, Moment.Never, true), (_lease.Id, _lease.Revision, _lease.ValidUntil, _lease.IsUnconfirmed));
        Assert.Equal(("n2", 9u, Second(12)), (_lease.Holder, _lease.HolderTerm, _lease.HolderAt));
        // There is nothing to end any more.
        Answer(new(LeaseRequest.Acquire, Second(13), LeaseStatus.Free, ""));
        Assert.Equal((3, (string?)null), (_lease.Revision, _lease.Holder));
    }

    /// <summary>The last run had it: what the store reads in this node's own name is no reason to forget it, and any other name is.</summary>
    [Theory]
    [InlineData(LeaseRequest.Read, "me", 7)]
    [InlineData(LeaseRequest.Read, "n2", 0)]
    [InlineData(LeaseRequest.Acquire, "me", 0)]
    public void What_was_recalled_is_kept_while_it_stands_in_this_nodes_name(LeaseRequest request, string holder, long expected)
    {
        _lease.Recall(7);
        Answer(new(request, Second(10), LeaseStatus.Other, "") { Holder = holder, Term = 3 });
        Assert.Equal(expected, _lease.Id);
    }

    [Fact]
    public void A_suspend_shortens_it_and_what_was_asked_before_does_not_count()
    {
        Held(10);
        _lease.Suspended(TimeSpan.FromMilliseconds(9.9), Second(11));
        Assert.Equal(Second(14.9), _lease.ValidUntil);
        _lease.Suspended(TimeSpan.FromMilliseconds(10), Second(11));
        Assert.Equal(Second(14.89), _lease.ValidUntil);
        Held(11);
        Assert.Equal(Second(14.89), _lease.ValidUntil);
        Held(11.1);
        Assert.Equal(Second(16), _lease.ValidUntil);
    }

    [Fact]
    public void A_suspend_gives_nothing_to_a_node_without_a_lease()
    {
        _lease.Suspended(TimeSpan.FromSeconds(5), Second(11));
        Assert.Equal(Moment.Never, _lease.ValidUntil);
    }

    [Fact]
    public void What_was_given_up_stays_so_whatever_an_answer_that_was_under_way_says()
    {
        Held(10);
        _lease.Send(LeaseRequest.Renew);
        _lease.GiveUp(Second(11));
        Assert.Equal((0L, true, false, 2), (_lease.Id, _lease.Releasing, _lease.IsValid(Second(11)), _lease.Revision));
        _lease.Take(new(LeaseRequest.Renew, Second(10.9), LeaseStatus.Held, "") { LeaseId = 7, Ttl = s_terms.Ttl, Holder = "me" }, s_terms, "me", Second(11.1));
        Assert.Equal((0L, false), (_lease.Id, _lease.IsValid(Second(11.1))));
        _lease.Take(new(LeaseRequest.Release, Second(11), LeaseStatus.Free, ""), s_terms, "me", Second(11.2));
        Assert.False(_lease.Releasing);
    }

    /// <summary>The store that a reload has replaced still answers.</summary>
    [Fact]
    public void An_answer_to_what_was_not_asked_says_nothing()
    {
        _lease.Take(new(LeaseRequest.Renew, Second(10), LeaseStatus.Held, "") { LeaseId = 7, Ttl = s_terms.Ttl }, s_terms, "me", Second(10.1));
        Assert.Equal((0, (bool?)null), (_lease.Id, _lease.Reaches));
        // And what was asked is still waited for.
        _lease.Send(LeaseRequest.Read);
        _lease.Take(new(LeaseRequest.Renew, Second(10), LeaseStatus.Failed, "x"), s_terms, "me", Second(10.1));
        Assert.Equal((Moment.Forever, (bool?)null), (_lease.DueAt, _lease.Reaches));
    }

    [Theory]
    [InlineData(LeaseStatus.Failed)]
    [InlineData(LeaseStatus.Refused)]
    public void A_store_that_fails_has_a_reason_and_a_first_moment_until_it_answers(LeaseStatus failure)
    {
        Held(10);
        Answer(new(LeaseRequest.Renew, Second(11), failure, "no leader"), 11.5);
        Assert.Equal((false, "no leader", Second(11.5), Moment.Never), (_lease.Reaches, _lease.Problem, _lease.FailingSince, _lease.BackAt));
        Answer(new(LeaseRequest.Renew, Second(12), failure, "no way"), 12.5);
        Assert.Equal((false, "no way", Second(11.5)), (_lease.Reaches, _lease.Problem, _lease.FailingSince));
        // It is still believed in: nobody else can have it.
        Assert.Equal((7, Second(14.9), 1), (_lease.Id, _lease.ValidUntil, _lease.Revision));
        Answer(new(LeaseRequest.Renew, Second(13), LeaseStatus.Held, "late") { LeaseId = 7, Ttl = s_terms.Ttl }, 13.1);
        Assert.Equal((true, "", Moment.Never, Second(13.1)), (_lease.Reaches, _lease.Problem, _lease.FailingSince, _lease.BackAt));
        Held(14);
        Assert.Equal(Second(13.1), _lease.BackAt);
    }

    [Fact]
    public void A_refusal_that_names_the_holder_tells_who_has_it()
    {
        Held(10);
        Answer(new(LeaseRequest.Renew, Second(11), LeaseStatus.Refused, "taken") { Holder = "n2", Term = 4 });
        Assert.Equal((0, "n2", 4u), (_lease.Id, _lease.Holder, _lease.HolderTerm));
    }

    [Fact]
    public void To_want_it_counts_from_the_first_step_on_and_asks_at_once()
    {
        _lease.Want(Second(10));
        _lease.Want(Second(11));
        Assert.Equal((Second(10), true, false, Second(10)), (_lease.WantedSince, _lease.IsWanted(Second(11)), _lease.IsWanted(Second(10)), _lease.DueAt));
        _lease.AnnounceWait();
        _lease.WantNoMore();
        Assert.Equal((Moment.Never, false), (_lease.WantedSince, _lease.WaitAnnounced));
    }

    [Fact]
    public void A_reload_to_another_store_asks_at_once_and_never_shortens_it()
    {
        Held(10);
        _lease.Reload(Second(12), Second(11));
        Assert.Equal((true, Second(14.9), Second(11)), (_lease.IsUnconfirmed, _lease.ValidUntil, _lease.DueAt));
        _lease.Reload(Second(20), Second(11));
        Assert.Equal(Second(20), _lease.ValidUntil);
        _lease.RanOut();
        Assert.Equal((Moment.Never, 7), (_lease.ValidUntil, _lease.Id));
    }

    /// <summary>When the store is asked next, in seconds after 10 s; asked at 9.5 s, answered at 10 s.</summary>
    [Theory]
    [InlineData(LeaseStatus.Held, LeaseRequest.Renew, true, null, -0.5 + (5 / 3.0))]
    [InlineData(LeaseStatus.Refused, LeaseRequest.Acquire, false, null, 5 / 3.0)]
    [InlineData(LeaseStatus.Refused, LeaseRequest.Renew, true, null, 0.25)]
    [InlineData(LeaseStatus.Failed, LeaseRequest.Acquire, false, null, 0.25)]
    [InlineData(LeaseStatus.Other, LeaseRequest.Read, false, null, -0.5 + (5 / 3.0))]
    [InlineData(LeaseStatus.Other, LeaseRequest.Read, false, 1.0, 0.0)]
    [InlineData(LeaseStatus.Other, LeaseRequest.Acquire, false, 6.0, 0.01)]
    [InlineData(LeaseStatus.Other, LeaseRequest.Acquire, false, 6.1, 5 / 6.0)]
    public void The_next_request_comes_in_time(LeaseStatus status, LeaseRequest request, bool has, double? wantedFor, double expected)
    {
        var attempts = 0;
        var wanted = wantedFor is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        var next = LeasePace.Next(new(request, Second(9.5), status, ""), s_terms, has, wanted, ref attempts, Second(10));
        Assert.Equal(expected, (next - Second(10)).TotalSeconds, 6);
    }

    /// <summary>With 60 s and with 0.5 s: the bounds of what goes by the length of the lease.</summary>
    [Theory]
    [InlineData(60, LeaseStatus.Failed, 0.25)]
    [InlineData(2, LeaseStatus.Failed, 0.1)]
    [InlineData(0.5, LeaseStatus.Failed, 0.05)]
    [InlineData(60, LeaseStatus.Other, 1)]
    [InlineData(3, LeaseStatus.Other, 0.5)]
    public void Waits_that_go_by_its_length_have_bounds(double ttl, LeaseStatus status, double expected)
    {
        var attempts = 0;
        var next = LeasePace.Next(new(LeaseRequest.Acquire, Second(9.5), status, ""), new(TimeSpan.FromSeconds(ttl)), false, TimeSpan.FromSeconds(100), ref attempts, Second(10));
        Assert.Equal(expected, (next - Second(10)).TotalSeconds, 6);
    }

    [Fact]
    public void Attempts_to_take_it_come_ever_slower_up_to_ten_a_second_and_a_held_one_begins_anew()
    {
        var attempts = 0;
        double Next(LeaseStatus status) =>
            (LeasePace.Next(new(LeaseRequest.Acquire, Second(10), status, ""), s_terms, false, TimeSpan.FromSeconds(1), ref attempts, Second(10)) - Second(10)).TotalMilliseconds;
        Assert.Equal([10, 20, 40, 80, 100, 100, 100, 100, 100], Enumerable.Range(0, 9).Select(_ => Next(LeaseStatus.Free)));
        Next(LeaseStatus.Held);
        Assert.Equal(10, Next(LeaseStatus.Free));
    }

    private static TimeSpan Second(double second) => TimeSpan.FromSeconds(second);

    private void Held(double sent, double ttl = 5, long id = 7) =>
        Answer(new(LeaseRequest.Renew, Second(sent), LeaseStatus.Held, "") { LeaseId = id, Ttl = Second(ttl), Holder = "me", Term = 3 }, sent + 0.01);

    private void Answer(Input.LeaseAnswered answer, double? at = null)
    {
        _lease.Send(answer.Request);
        _lease.Take(answer, s_terms, "me", at is { } second ? Second(second) : answer.SentAt);
    }
}
