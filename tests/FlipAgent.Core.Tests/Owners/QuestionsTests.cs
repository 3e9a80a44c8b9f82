namespace FlipAgent.Core.Tests.Owners;

/// <summary>Questions to one peer: which count as answered, and which as lost (rule E6).</summary>
public sealed class QuestionsTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);
    private readonly Questions _questions = new();
    private TimeSpan _now = TimeSpan.FromSeconds(1000);
    private uint _sequence;

    /// <summary>It may not count this node's adverts yet: that says nothing about the way.</summary>
    [Fact]
    public void What_was_asked_before_the_first_answer_is_not_lost()
    {
        Ask(answered: false);
        for (var i = 0; i < 4; i++)
            Ask(answered: true);
        Assert.Equal(s_patience, _questions.Trips.Patience(4, _now));
    }

    [Fact]
    public void After_the_first_answer_one_in_fifty_may_be_lost()
    {
        for (var i = 0; i < 4; i++)
            Ask(answered: true);
        Ask(answered: false);
        Assert.Null(_questions.Trips.Patience(4, _now));
        for (var i = 4; i < 50; i++)
            Ask(answered: true);
        Assert.Equal(s_patience, _questions.Trips.Patience(4, _now));
        Ask(answered: false);
        Assert.Null(_questions.Trips.Patience(4, _now));
    }

    /// <summary>Of a peer that speaks as a new session the ways are learned anew.</summary>
    [Fact]
    public void After_a_new_session_it_begins_again()
    {
        for (var i = 0; i < 4; i++)
            Ask(answered: true);
        _questions.Renew(answers: true);
        Ask(answered: false);
        for (var i = 0; i < 4; i++)
            Ask(answered: true);
        Assert.Equal(s_patience, _questions.Trips.Patience(4, _now));
    }

    /// <summary>Asks, and hears an advert 2 ms later and another one a second later.</summary>
    private void Ask(bool answered)
    {
        _questions.Ask(++_sequence, _now);
        _questions.Hear(answered ? _sequence : 0, s_patience, _now += TimeSpan.FromMilliseconds(2));
        _questions.Hear(0, s_patience, _now += TimeSpan.FromSeconds(1));
    }
}
