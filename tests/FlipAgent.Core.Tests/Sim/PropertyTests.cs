using FlipAgent.Sim;
using FsCheck;
using FsCheck.Fluent;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// What must hold for any input at all, also for ones that no world would send: FsCheck draws, and shrinks what fails. The simulator shows that
/// the rules work together; this shows that no single step can be tricked.
/// </summary>
public sealed class PropertyTests
{
    private static readonly long?[] s_droplets = [null, 101, 102, 103, 999];

    [Fact]
    public void Any_sequence_of_inputs_keeps_the_contract() =>
        Prop.ForAll<DoNotSize<int>[]>(drawn =>
        {
            var steps = drawn.Select(d => d.Item);
            var (state, now, assigning) = (GrownNode.Grow(holder: 101, fit: true), GrownNode.Then, false);
            foreach (var step in steps)
            {
                now += TimeSpan.FromMilliseconds(Math.Abs((long)step) % 3000);
                var term = state.Term;
                var effects = new List<Effect>();
                var input = Draw(step, state, now);
                assigning &= input is not Input.AssignAnswered;
                Election.Step(state, input, now, effects);
                // What a stalled loop drains is only learned (E10); anything else leaves a deadline that lies ahead.
                var decides = input is not (Input.AdvertHeard or Input.AdvertRejected) && !state.Lifecycle.Stopping;
                if (state.Term < term || (decides && state.NextDeadline <= now))
                    return false;
                foreach (var effect in effects)
                {
                    if (effect is Effect.Assign && (assigning || state.Role != Role.Master || !state.Fitness.Fit || !Election.MayAssign(state, state.Term)))
                        return false;
                    assigning |= effect is Effect.Assign;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    /// <summary>Whatever the cloud says of an address that follows: one request for each at a time, by a master only, and no role changes (C12).</summary>
    [Fact]
    public void No_answer_about_a_further_address_changes_a_role() =>
        Prop.ForAll<DoNotSize<int>[]>(drawn =>
        {
            var (state, now) = (GrownNode.Grow(holder: 101, fit: true), GrownNode.Then);
            Election.Step(state, new Input.SettingsChanged(state.Settings with { AddressIds = [AddressId.Only, 2000, 3000] }), now, []);
            var assigning = new bool[3];
            bool Step(Input input)
            {
                var effects = new List<Effect>();
                Election.Step(state, input, now, effects);
                foreach (var assign in effects.OfType<Effect.Assign>())
                {
                    if (assigning[assign.Address] || state.Role != Role.Master || !state.Fitness.Fit)
                        return false;
                    assigning[assign.Address] = true;
                }

                return true;
            }

            foreach (var step in drawn.Select(d => d.Item))
            {
                now += TimeSpan.FromMilliseconds(Math.Abs((long)step) % 3000);
                // What the time alone brings comes first.
                if (!Step(new Input.Deadline()))
                    return false;
                var input = At(Draw(step, state, now), (int)(Math.Abs((long)step) / 7 % 4));
                if (input is Input.AssignAnswered { Address: < 3 } answered)
                    assigning[answered.Address] = false;
                var before = (state.Role, state.Term);
                if (!Step(input) || (AddressOf(input) > 0 && before != (state.Role, state.Term)))
                    return false;
            }

            return Invariants.Violation(state, now) is null;
        }).QuickCheckThrowOnFailure();

    private static int AddressOf(Input input) => input switch
    {
        Input.HolderRead read => read.Address,
        Input.AssignAnswered read => read.Address,
        Input.ActionRead read => read.Address,
        Input.MetadataRead read => read.Address,
        _ => 0,
    };

    private static Input At(Input input, int address) => input switch
    {
        Input.HolderRead read => read with { Address = address },
        Input.AssignAnswered answered => answered with { Address = address },
        Input.ActionRead read => read with { Address = address },
        Input.MetadataRead read => read with { Address = address },
        _ => input,
    };

    [Fact]
    public void The_same_inputs_give_the_same_effects_and_adverts() =>
        Prop.ForAll<DoNotSize<int>[]>(steps => Told(steps).SequenceEqual(Told(steps))).QuickCheckThrowOnFailure();

    [Fact]
    public void The_freshest_answer_of_the_cluster_wins_in_whatever_order_it_is_heard() =>
        Prop.ForAll<DoNotSize<ushort>, DoNotSize<ushort>, bool>((first, second, swap) =>
        {
            // Two peers saw different holders, so and so long ago. Ages are whole milliseconds, from 1 s on: the node's own look is older.
            var (a, b) = (TimeSpan.FromMilliseconds(first.Item % 500), TimeSpan.FromMilliseconds(second.Item % 500));
            if (a == b)
                return true;
            var state = GrownNode.Grow(holder: 101, fit: true);
            var now = GrownNode.Then + TimeSpan.FromSeconds(2);
            Hear(state, swap ? 2 : 1, swap ? 103 : 102, swap ? b : a, now);
            Hear(state, swap ? 1 : 2, swap ? 102 : 103, swap ? a : b, now);
            return state.Ip.Lookup.Known.DropletId == (a < b ? 102 : 103) && state.Ip.Lookup.KnownAt == now - (a < b ? a : b);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Hearsay_never_makes_a_node_look_more_alive_than_its_witness_says() =>
        Prop.ForAll<DoNotSize<ushort>, DoNotSize<ushort>>((direct, told) =>
        {
            var state = GrownNode.Grow(holder: 101, fit: true);
            var heardAt = state.Peers[2].HeardAt;
            var now = GrownNode.Then + TimeSpan.FromMilliseconds(direct.Item % 4000);
            var age = TimeSpan.FromMilliseconds(told.Item % 8000);
            var advert = GrownNode.Make(state, Role.Backup, state.Term);
            var report = new PeerReport(state.Settings.Nodes[2].Id, 5, age, age, Role.Backup, true, true, false, false, 100);
            Election.Step(state, new Input.AdvertHeard(1, advert with { Peers = advert.Peers.Add(report) }), now, []);
            var expected = now - age > heardAt ? now - age : heardAt;
            return state.Peers[2].KnownAt == expected && state.Peers[2].HeardAt == heardAt;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_old_sequence_changes_nothing() =>
        Prop.ForAll<byte>(back =>
        {
            var state = GrownNode.Grow(holder: 102, fit: true);
            var known = state.Peers[1].Advert!;
            var old = known with { Sequence = known.Sequence - Math.Min(known.Sequence - 1, (uint)back), Term = known.Term + 7, Role = Role.Fault };
            var before = (state.Role, state.Term, state.Peers[1].HeardAt, state.Ip.Lookup.Known);
            Election.Step(state, new Input.AdvertHeard(1, old), GrownNode.Then, []);
            return before == (state.Role, state.Term, state.Peers[1].HeardAt, state.Ip.Lookup.Known);
        }).QuickCheckThrowOnFailure();

    private static List<string> Told(DoNotSize<int>[] steps)
    {
        var state = GrownNode.Start(102);
        var (now, told) = (GrownNode.Then, new List<string>());
        foreach (var step in steps.Select(d => d.Item))
        {
            now += TimeSpan.FromMilliseconds(Math.Abs((long)step) % 3000);
            var effects = new List<Effect>();
            Election.Step(state, DrawQuiet(step, now), now, effects);
            told.AddRange(effects.Select(Describe.Effect));
            told.Add(Describe.Advert(Election.BuildAdvert(state, now), state.Settings));
        }

        return told;
    }

    private static void Hear(ElectionState state, int peer, long droplet, TimeSpan age, TimeSpan now)
    {
        var holder = new Holder(HolderKind.Node, state.Settings.Nodes[state.Settings.IndexOfDroplet(droplet)].Id, droplet);
        var advert = GrownNode.Make(state, Role.Backup, state.Term, peer) with { Holder = holder, HolderAge = age };
        Election.Step(state, new Input.AdvertHeard(peer, advert), now, []);
    }

    /// <summary>Any input, sensible or not, chosen by the number.</summary>
    private static Input Draw(int number, ElectionState state, TimeSpan now)
    {
        var pick = (int)(Math.Abs((long)number) / 3000 % 1000);
        return (pick % 5) switch
        {
            0 => new Input.AdvertHeard(1 + (pick % 2), GrownNode.Make(state, (Role)(pick % 4), (uint)Math.Max(0, state.Term - 1 + (pick % 3)), 1 + (pick % 2)) with
            {
                Release = pick % 7 == 0 ? new Release(state.Term, state.Settings.Nodes[pick % 3].Id, pick % 2 == 0, pick % 3 == 0, "any", 0) : null,
                WantsToPreempt = pick % 11 == 0,
            }),
            1 => DrawAnswer(pick, state, now),
            2 => new Input.Stopping(StopKind.Restart) is var stop && pick % 97 == 0 ? stop : new Input.Stalled(TimeSpan.FromSeconds(pick % 10)),
            3 => new Input.Commanded((pick % 6) switch
            {
                0 => new Command.Promote(pick % 2 == 0),
                1 => new Command.ReleaseMaster(null),
                2 => new Command.ReleaseMaster("n3"),
                3 => new Command.Maintenance(pick % 2 == 0, null, null),
                _ => new Command.Maintenance(false, null, null),
            }),
            _ => DrawQuiet(number, now),
        };
    }

    private static Input DrawAnswer(int pick, ElectionState state, TimeSpan now) => (pick % 4) switch
    {
        0 => new Input.AssignAnswered(state.Term, now, (ApiStatus)(pick % 7), pick % 6 == 0, false, 7, (ActionStatus)(pick % 4), null, ""),
        1 => new Input.ActionRead(now, 7, (ApiStatus)(pick % 7), (ActionStatus)(pick % 4), null, ""),
        _ => new Input.HolderRead(now, (ApiStatus)(pick % 7), s_droplets[pick % 5], pick % 3 == 0, pick % 13 != 0, null, ""),
    };

    /// <summary>Inputs that depend on nothing but the number.</summary>
    private static Input DrawQuiet(int number, TimeSpan now)
    {
        var pick = (int)(Math.Abs((long)number) / 3000 % 1000);
        return (pick % 6) switch
        {
            0 => new Input.Deadline(),
            1 => new Input.CheckChanged(pick % 3, pick % 2 == 0, "any"),
            2 => new Input.HolderRead(now, ApiStatus.Ok, s_droplets[pick % 5], pick % 7 == 0, true, null, ""),
            3 => new Input.GuardAnswered(pick % 2 == 0, "any"),
            4 => new Input.MetadataRead((Witness)(pick % 3), "any"),
            _ => new Input.AdvertRejected(pick % 4 - 1, (Rejection)(pick % 11), "any"),
        };
    }
}
