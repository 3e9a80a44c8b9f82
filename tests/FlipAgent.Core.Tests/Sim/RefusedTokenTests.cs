using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>A node whose token may only read, or whose droplet the cloud does not know: it says so, ranks last, and goes on trying where nobody else is there (rules E2, C5, C11).</summary>
public sealed class RefusedTokenTests
{
    [Fact]
    public void After_a_403_on_an_assign_no_lookup_says_that_the_API_answers_again()
    {
        var state = Refused();
        for (var second = 1.0; second < 100; second += 10)
        {
            Assert.DoesNotContain(Announced(state, Read(102, second), second + 0.01), e => e.Kind is EventKind.ApiRecovered or EventKind.TokenRefused);
            Assert.Equal((false, ApiStatus.Forbidden), (state.Api.Ok, state.Api.Status));
        }
    }

    [Fact]
    public void A_lookup_that_fails_in_between_ends_it_as_little()
    {
        var state = Refused();
        Take(state, Unread(ApiStatus.Failed, 1), 1.1);
        Take(state, Unread(ApiStatus.RateLimited, 2), 2.1);
        Assert.DoesNotContain(Announced(state, Read(102, 65), 65.1), e => e.Kind == EventKind.ApiRecovered);
        Assert.Equal((false, ApiStatus.Forbidden), (state.Api.Ok, state.Api.Status));
    }

    [Theory]
    [InlineData("accepted")]
    [InlineData("422")]
    [InlineData("token")]
    public void A_write_that_is_taken_or_understood_ends_it_and_so_does_another_token(string what)
    {
        var state = Refused();
        Take(state, Read(null, 1), 1.1);
        Input end = what switch
        {
            "accepted" => Answer(state, ApiStatus.Ok, accepted: true),
            "422" => Answer(state, ApiStatus.Refused, accepted: false) with { Unprocessable = true },
            _ => new Input.TokenChanged(),
        };
        var told = Announced(state, end, 2);
        told.AddRange(Announced(state, Read(null, 3), 3.1));
        Assert.Single(told, e => e is { Kind: EventKind.ApiRecovered, Alert: true });
        Assert.Equal((true, what == "token" ? WriteState.Unproven : WriteState.Proven), (state.Api.Ok, state.Ip.Write.State));
        Assert.True(Election.BuildAdvert(state, At(3.2)).ApiReachable);
    }

    /// <summary>The whole token was refused, and now it is not.</summary>
    [Fact]
    public void A_401_is_over_when_a_lookup_works()
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.Unauthorized, accepted: false), 0.1);
        Assert.Contains(Announced(state, Read(102, 1), 1.1), e => e.Kind == EventKind.ApiRecovered);
    }

    [Fact]
    public void It_is_looked_at_no_more_often_than_by_a_node_without_news()
    {
        var state = Refused();
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Master, state.Term + 1)), 0.2);
        Assert.Equal(Role.Backup, state.Role);
        for (var second = 1.0; second < 1.1; second += 0.02)
            Take(state, Read(102, second), second + 0.01);
        var looks = new List<double>();
        for (var second = 1.2; second < 91; second += 0.2)
        {
            if (Step(state, new Input.AdvertHeard(1, Make(state, Role.Master, state.Term)), second).Exists(e => e is Effect.ReadHolder))
            {
                looks.Add(second);
                Take(state, Read(102, second + 0.02), second + 0.03);
            }
        }

        Assert.True(looks.Count is >= 2 and <= 5, string.Join(' ', looks.Select(at => $"{at:0.0}")));
    }

    [Fact]
    public void E2_adverts_say_that_it_cannot_move_the_address_and_it_ranks_last()
    {
        var state = Refused();
        Take(state, Read(null, 1), 1.1);
        Assert.False(Election.BuildAdvert(state, At(1.2)).ApiReachable);
        Assert.False(Election.CouldMove(state));
        HearPeers(state, 2, 4);
        Assert.True(Rank.Outranks(state, 1, 0, At(4)));
    }

    [Fact]
    public void A_proof_that_is_refused_says_the_same_while_the_address_stays_here()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.Commanded(new Command.ProveWrite()), 0.1);
        Take(state, Read(101, 0.12), 0.15);
        Take(state, Answer(state, ApiStatus.Forbidden, accepted: false), 0.3);
        Assert.Equal((Role.Master, ClaimState.Held, true), (state.Role, state.Ip.Claim.State, state.Api.Ok));
        Assert.False(Election.BuildAdvert(state, At(0.4)).ApiReachable);
    }

    [Fact]
    public void C12_what_is_refused_for_an_address_that_follows_changes_no_rank()
    {
        var state = FollowerTests.Grow(101, 101, 101);
        Take(state, Answer(state, ApiStatus.Forbidden, accepted: false) with { Address = 2 }, 0.1);
        Assert.True(Election.BuildAdvert(state, At(0.2)).ApiReachable);
        Assert.Equal((WriteState.Unproven, WriteState.Refused), (state.Ip.Write.State, state.Ips[2].Write.State));
    }

    [Fact]
    public void A_refused_node_tries_all_the_same_where_nobody_else_is_there()
    {
        var state = Refused();
        Take(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term) with { ApiReachable = false }), 0.5);
        var asked = 0;
        for (var second = 1.0; second < 120; second++)
        {
            Take(state, new Input.AdvertHeard(1, Make(state, Role.Backup, state.Term) with { ApiReachable = false }), second);
            Take(state, Read(null, second + 0.05), second + 0.1);
            if (!Step(state, new Input.Deadline(), second + 0.2).Exists(e => e is Effect.Assign) && !state.Ip.Claim.Assign.InFlight)
                continue;
            asked++;
            Take(state, Answer(state, ApiStatus.Forbidden, accepted: false), second + 0.3);
        }

        Assert.Equal(Role.Master, state.Role);
        Assert.InRange(asked, 3, 8);
    }

    [Fact]
    public void S3_a_peer_whose_token_was_refused_could_not_take_over_whatever_version_it_is_of()
    {
        var state = Grow(holder: 101, fit: true);
        var told = new List<Event>();
        for (var second = 0.0; second < 320; second += 0.5)
        {
            var advert = Make(state, Role.Backup, state.Term) with { Particulars = new Particulars { Write = WriteState.Refused } };
            foreach (var input in new Input[] { new Input.AdvertHeard(1, advert), Read(101, second), new Input.Deadline() })
                told.AddRange(Announced(state, input, second).Where(e => e.Kind == EventKind.NoStandby));
        }

        Assert.Equal(Severity.Warning, Assert.Single(told).Severity);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("lookup", true)]
    [InlineData("elsewhere", false)]
    [InlineData("reload", true)]
    [InlineData("token", true)]
    public void A_droplet_that_the_cloud_does_not_know_is_remembered_after_the_claim(string then, bool could)
    {
        var state = Moving();
        Take(state, Answer(state, ApiStatus.NotFound, accepted: false), 0.1);
        Assert.False(Election.BuildAdvert(state, At(0.2)).ApiReachable);
        Take(state, new Input.CheckChanged(0, false, "down"), 0.3);
        Assert.Equal(Role.Fault, state.Role);
        Take(state, Read(102, 1), 1.1);
        Assert.Equal((true, false), (state.Api.Ok, Election.BuildAdvert(state, At(1.2)).ApiReachable));
        Input? input = then switch
        {
            "lookup" => Read(101, 2),
            "elsewhere" => Read(103, 2),
            "reload" => new Input.SettingsChanged(state.Settings),
            "token" => new Input.TokenChanged(),
            _ => null,
        };
        if (input is not null)
            Take(state, input, 2.1);
        Assert.Equal(could, Election.BuildAdvert(state, At(2.2)).ApiReachable);
    }

    [Fact]
    public void Another_token_is_asked_at_once_and_the_hour_since_the_last_proof_does_not_count()
    {
        var state = Grow(holder: 101, fit: true);
        Take(state, new Input.Commanded(new Command.ProveWrite()), 0.1);
        Take(state, Read(101, 0.12), 0.15);
        Take(state, Answer(state, ApiStatus.Forbidden, accepted: false), 0.3);
        Take(state, Read(101, 0.35), 0.4);
        Assert.IsType<CommandResult.ProvedLately>(Assert.Single(Step(state, new Input.Commanded(new Command.ProveWrite()), 1).OfType<Effect.Reply>()).Result);
        Take(state, new Input.SettingsChanged(state.Settings), 2);
        Assert.Equal(WriteState.Refused, state.Ip.Write.State);
        Take(state, new Input.TokenChanged(), 2.1);
        Assert.Equal(WriteState.Unproven, state.Ip.Write.State);
        Assert.IsType<CommandResult.ProofBegun>(Assert.Single(Step(state, new Input.Commanded(new Command.ProveWrite()), 3).OfType<Effect.Reply>()).Result);
    }

    /// <summary>A master whose assign was answered with 403.</summary>
    private static ElectionState Refused()
    {
        var state = Moving();
        Assert.Contains(Announced(state, Answer(state, ApiStatus.Forbidden, accepted: false), 0.1), e => e.Kind == EventKind.TokenRefused);
        return state;
    }
}
