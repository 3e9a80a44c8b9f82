using FlipAgent.Sim;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>Asking instead of waiting (rule E6): a machine that answers neither a question nor a probe is replaced at once; anything that it says ends that.</summary>
public sealed class InquiryTests
{
    private const int Master = 0;

    /// <summary>The guard asks each T/4, at least each 250 ms, and a machine has to leave questions open for half of T.</summary>
    [Theory]
    [InlineData(1, 0.8)]
    [InlineData(0.5, 0.6)]
    [InlineData(0.2, 0.5)]
    [InlineData(10, 7.9)]
    public void E6_a_machine_whose_agent_and_service_are_silent_is_replaced_at_once(double interval, double within)
    {
        for (var phase = 0; phase < 10; phase++)
        {
            var stage = new InquiryStage(interval: interval).Run(8 * interval + 10 + phase * 0.1);
            Die(stage);
            Assert.InRange(stage.RunUntilMaster(6 * interval), Math.Max(0.2, interval / 2) - 0.25, within);
            Assert.Equal(new Cause.MasterSilent("n1", ServiceDown: true), stage.State.Ip.Claim.MoveCause);
        }
    }

    [Fact]
    public void E6_five_seconds_after_the_pair_has_formed_the_ways_are_known()
    {
        var stage = new InquiryStage().Run(5);
        Die(stage);
        Assert.InRange(stage.RunUntilMaster(5), 0.2, 0.8);
    }

    [Fact]
    public void C2_who_has_just_looked_asks_for_the_address_at_once()
    {
        var stage = new InquiryStage().Run(20);
        Die(stage);
        stage.RunUntilMaster(5);
        Assert.True(stage.State.Ip.Claim.Assign.InFlight);
    }

    /// <summary>Its regular adverts do not arrive, and one answer of ten does.</summary>
    [Fact]
    public void E3_an_advert_that_is_late_is_asked_for_until_one_arrives()
    {
        // A guard that has never worked: nothing but D counts.
        var stage = new InquiryStage { Service = null }.Run(20);
        (stage.LosesBeats, stage.AnswersOneOf) = (true, 10);
        Assert.Equal(60, stage.RunUntilMaster(60));
        stage.AnswersOneOf = int.MaxValue;
        Assert.InRange(stage.RunUntilMaster(10), 1, 5);
    }

    [Fact]
    public void E6_a_service_that_is_silent_alone_moves_nothing()
    {
        var stage = new InquiryStage().Run(20);
        stage.Service = null;
        Assert.Equal(30, stage.RunUntilMaster(30));
    }

    [Fact]
    public void E6_an_agent_that_is_silent_alone_moves_nothing_and_asks_the_API_no_sooner_than_before()
    {
        var stage = new InquiryStage().Run(20.2);
        stage.Speaks.Remove(Master);
        var (lookups, asked) = (stage.Lookups, stage.Asked);
        stage.Run(1.2);
        Assert.Equal(lookups, stage.Lookups);
        Assert.True(stage.Asked > asked);
        Assert.Equal(30, stage.RunUntilMaster(30));
    }

    /// <summary>A refusal comes from a living machine: it is judged as without an inquiry, when the silence is 1.5T old.</summary>
    [Fact]
    public void E6_a_service_that_refuses_is_waited_for_until_the_suspicion()
    {
        var stage = new InquiryStage().Run(20.2);
        (stage.Service, _) = (false, stage.Speaks.Remove(Master));
        Assert.InRange(stage.RunUntilMaster(5), 1.3, 3.5);
    }

    [Fact]
    public void E12_a_machine_that_asked_for_patience_is_not_asked_after()
    {
        var stage = new InquiryStage().Run(20);
        stage.Hold = TimeSpan.FromSeconds(15);
        stage.Run(1.1);
        Die(stage);
        Assert.True(stage.RunUntilMaster(20) > 1.4);
    }

    [Fact]
    public void E6_a_peer_of_a_version_that_answers_no_question_is_judged_as_ever()
    {
        var stage = new InquiryStage();
        stage.Answers.Clear();
        stage.Run(20.2);
        Die(stage);
        Assert.InRange(stage.RunUntilMaster(6), 1.5, 3.5);
    }

    /// <summary>On a way that loses or is slow, silence says little.</summary>
    [Fact]
    public void E6_a_way_that_has_lost_questions_lately_is_not_believed()
    {
        var stage = new InquiryStage().Run(60.2);
        stage.Answers.Clear();
        stage.Run(11);
        stage.Answers.Add(Master);
        stage.Run(60);
        Die(stage);
        Assert.InRange(stage.RunUntilMaster(6), 1.2, 3.5);
    }

    [Theory]
    [InlineData(0.11, 0.002)]
    [InlineData(0.001, 0.11)]
    public void E6_a_way_that_takes_a_quarter_of_the_guards_time_out_is_not_believed(double answer, double probe)
    {
        var stage = new InquiryStage { AnswerTakes = answer, ProbeTakes = probe }.Run(20.2);
        Die(stage);
        Assert.InRange(stage.RunUntilMaster(6), 1.2, 3.5);
    }

    [Fact]
    public void E6_a_slow_way_is_given_four_times_its_longest_round_trip()
    {
        var stage = new InquiryStage { AnswerTakes = 0.09 }.Run(20.2);
        Die(stage);
        Assert.InRange(stage.RunUntilMaster(6), 0.6, 1.1);
    }

    [Fact]
    public void E6_what_this_node_missed_while_it_stood_still_itself_proves_nothing()
    {
        var stage = new InquiryStage().Run(20.1);
        Die(stage);
        stage.Run(0.45);
        Assert.True(stage.State.Inquiry.IsOpen);
        stage.StandStill(0.3);
        stage.Speaks.Add(Master);
        stage.Service = true;
        Assert.Equal(10, stage.RunUntilMaster(10));
    }

    /// <summary>A third node has to speak too; while it hears the master, nothing happens before the guard says so after 1.5T of silence everywhere.</summary>
    [Theory]
    [InlineData(true, true, false)]
    [InlineData(false, true, true)]
    [InlineData(false, false, false)]
    public void E6_every_other_node_that_is_heard_is_asked_too(bool thirdHears, bool thirdSpeaks, bool takesOver)
    {
        var stage = new InquiryStage(nodes: 3).Run(20.2);
        stage.ThirdHearsFirst = thirdHears;
        if (!thirdSpeaks)
            stage.Speaks.Remove(2);
        Die(stage);
        Assert.Equal(takesOver, stage.RunUntilMaster(1.2) < 0.9);
    }

    [Fact]
    public void E3_a_question_is_answered_at_once_with_its_number()
    {
        var state = GrownNode.Grow(holder: 101, fit: true);
        var question = GrownNode.Make(state, Role.Backup, 3) with { Asks = state.Settings.Self.Id };
        var effects = GrownNode.Step(state, new Input.AdvertHeard(1, question), 0.001);
        Assert.Single(effects.OfType<Effect.SendAdvert>());
        Assert.Contains(new Answer(state.Settings.Nodes[1].Id, question.Sequence), Election.BuildAdvert(state, GrownNode.At(0.002)).Answers);
        Assert.Empty(Election.BuildAdvert(state, GrownNode.At(0.3)).Answers);
    }

    [Fact]
    public void E3_a_question_to_another_node_is_not_answered_and_a_flood_of_them_not_always()
    {
        var state = GrownNode.Grow(holder: 101, fit: true);
        var other = GrownNode.Make(state, Role.Backup, 3) with { Asks = state.Settings.Nodes[2].Id };
        Assert.Empty(GrownNode.Step(state, new Input.AdvertHeard(1, other), 0.001).OfType<Effect.SendAdvert>());
        var answers = Enumerable.Range(0, 100).Sum(i => GrownNode.Step(
            state, new Input.AdvertHeard(1, GrownNode.Make(state, Role.Backup, 3) with { Asks = 0 }), 0.002 + i * 0.001).OfType<Effect.SendAdvert>().Count());
        Assert.InRange(answers, 9, 12);
    }

    /// <summary>The service answers all the time, so nothing moves while the adverts are late; when it dies, the old adverts that go on arriving keep nobody alive.</summary>
    [Fact]
    public void E3_adverts_that_are_held_back_do_not_count_and_count_again_when_they_are_not()
    {
        var stage = new InquiryStage().Run(20);
        stage.HeldBack = 60;
        Assert.Equal(90, stage.RunUntilMaster(90));
        Assert.True(stage.State.Dropped[(int)Rejection.Late] > 10);
        Assert.Equal(Rejection.Late, stage.State.Peers[Master].Rejected);
        Assert.Single(stage.Events, e => e is { Kind: EventKind.PeerRejected, Rejection: Rejection.Late });
        stage.HeldBack = 0;
        stage.Run(5);
        Assert.Null(stage.State.Peers[Master].Rejected);
        Assert.True(stage.Now - stage.State.Peers[Master].HeardAt < TimeSpan.FromSeconds(1.1));
        stage.HeldBack = 60;
        stage.Run(80);
        Die(stage);
        Assert.InRange(stage.RunUntilMaster(30), 0, 10);
    }

    /// <summary>A master that was frozen answers the oldest question in its buffer first: one old advert, and nobody is to look for a replay.</summary>
    [Fact]
    public void E3_one_old_advert_of_a_master_that_stood_still_is_told_to_nobody()
    {
        var stage = new InquiryStage().Run(20);
        stage.HeldBack = 60;
        while (stage.State.Dropped[(int)Rejection.Late] == 0)
            stage.Run(0.25);
        stage.Run(2);
        stage.HeldBack = 0;
        stage.Run(20);
        Assert.Null(stage.State.Peers[Master].Rejected);
        Assert.DoesNotContain(stage.Events, e => e is { Kind: EventKind.PeerRejected });
    }

    /// <summary>This node took over while the other master's adverts were held back. Only an answer shows that they no longer are, so a master asks for one too: both would stay master.</summary>
    [Fact]
    public void E3_a_master_asks_another_master_that_it_does_not_believe()
    {
        var stage = new InquiryStage().Run(20);
        stage.HeldBack = 60;
        stage.Run(90);
        stage.Take(new Input.Commanded(new Command.Promote(true)));
        stage.Run(10);
        Assert.Equal((Role.Master, Rejection.Late), (stage.State.Role, stage.State.Peers[Master].Rejected));
        stage.HeldBack = 0;
        stage.Run(3);
        Assert.Null(stage.State.Peers[Master].Rejected);
        Assert.True(stage.Now - stage.State.Peers[Master].HeardAt < TimeSpan.FromSeconds(1.1));
    }

    [Fact]
    public void E3_late_adverts_of_a_version_that_answers_no_questions_count_as_ever()
    {
        var stage = new InquiryStage { PeerVersion = new Version(1, 0, 1) };
        stage.Answers.Clear();
        stage.Run(20);
        stage.HeldBack = 60;
        stage.Run(90);
        Assert.Equal(0, stage.State.Dropped[(int)Rejection.Late]);
    }

    [Fact]
    public void E3_in_simulated_clusters_adverts_that_are_held_back_keep_no_dead_master_alive()
    {
        for (ulong seed = 0; seed < 40; seed++)
            Assert.Null(Trial.Run(seed, story: Story.HeldBack).Failure);
    }

    [Fact]
    public void E6_a_machine_that_stands_still_for_less_than_half_of_T_keeps_the_mastership()
    {
        for (ulong seed = 0; seed < 30; seed++)
            Assert.Null(Trial.Run(seed, story: Story.Blink).Failure);
    }

    [Fact]
    public void E6_in_simulated_clusters_a_machine_that_dies_is_replaced_in_less_than_a_second()
    {
        var times = new List<TimeSpan>();
        for (ulong seed = 0; seed < 100; seed++)
        {
            var outcome = Trial.Run(seed, story: Story.Blackout);
            Assert.Null(outcome.Failure);
            if (outcome.Plan.Interval == TimeSpan.FromSeconds(1))
                times.Add(outcome.Settled!.Value);
        }
        times.Sort();
        Assert.InRange(times[times.Count / 2].TotalSeconds, 0.5, 0.8);
    }

    private static void Die(InquiryStage stage)
    {
        stage.Speaks.Remove(Master);
        stage.Service = null;
    }
}
