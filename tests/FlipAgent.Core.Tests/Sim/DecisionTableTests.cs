using System.Globalization;
using System.Text;
using FlipAgent.Sim;
using static FlipAgent.Core.Tests.Sim.GrownNode;

namespace FlipAgent.Core.Tests.Sim;

/// <summary>
/// Every role against every input: nothing throws, and what comes of it is printed as a table into docs/decisions.md, so that a change of behaviour
/// is a change that somebody reads. The compiler does not know that <see cref="Input"/> is closed; this test does.
/// </summary>
public sealed class DecisionTableTests
{
    /// <summary>One cluster of three in which node 0 is what the column says, in the middle of an ordinary day.</summary>
    private static readonly (string Name, Func<ElectionState> Make)[] s_roles =
    [
        ("starting", () => Start(holder: 102)),
        ("backup", () => Grow(holder: 102, fit: true)),
        ("backup, master silent", () => Silence(Grow(holder: 102, fit: true, until: -2.6))),
        ("master, held", () => Grow(holder: 101, fit: true)),
        ("master, claiming", () => Claim(Grow(holder: 101, fit: true))),
        ("fault", () => Grow(holder: 102, fit: false)),
    ];

    private static readonly (string Name, Func<ElectionState, Input> Make)[] s_inputs =
    [
        ("Deadline", _ => new Input.Deadline()),
        ("AdvertHeard: backup, same term", s => Advert(s, Role.Backup, 0)),
        ("AdvertHeard: master, same term", s => Advert(s, Role.Master, 0)),
        ("AdvertHeard: master, next term", s => Advert(s, Role.Master, 1)),
        ("AdvertHeard: releases to me", s => Advert(s, Role.Fault, 0, new Release(s.Term, s.Settings.Self.Id, false, false, "check down", 5))),
        ("AdvertHeard: releases to another", s => Advert(s, Role.Fault, 0, new Release(s.Term, s.Settings.Nodes[2].Id, false, false, "check down", 5))),
        ("AdvertHeard: releases an old term", s => Advert(s, Role.Fault, 0, new Release(0, s.Settings.Self.Id, false, false, "check down", 5))),
        ("AdvertHeard: asks to preempt", s => Advert(s, Role.Backup, 0, asks: true)),
        ("AdvertHeard: my own name", s => new Input.AdvertHeard(1, Make(s, Role.Backup, s.Term) with { Node = s.Settings.Self.Name })),
        ("AdvertHeard: no such peer", s => new Input.AdvertHeard(9, Make(s, Role.Backup, s.Term))),
        ("AdvertRejected", _ => new Input.AdvertRejected(1, Rejection.BadMac, "HMAC does not match")),
        ("AdvertRejected: unknown sender", _ => new Input.AdvertRejected(-1, Rejection.UnknownSender, "10.0.0.9")),
        ("CheckChanged: down", _ => new Input.CheckChanged(0, false, "exited", TimeSpan.FromMilliseconds(1))),
        ("CheckChanged: up", _ => new Input.CheckChanged(0, true, "active")),
        ("CheckChanged: no such check", _ => new Input.CheckChanged(9, false, "?")),
        ("HolderRead: here", _ => Read(101)),
        ("HolderRead: peer that is heard", _ => Read(102)),
        ("HolderRead: foreign", _ => Read(999)),
        ("HolderRead: nobody", _ => Read(null)),
        ("HolderRead: nobody, scope not proven", _ => new Input.HolderRead(Then, ApiStatus.Ok, null, false, false, null, "")),
        ("HolderRead: locked", _ => new Input.HolderRead(Then, ApiStatus.Ok, 102, true, true, null, "")),
        ("HolderRead: failed", _ => new Input.HolderRead(Then, ApiStatus.Failed, null, false, true, null, "timeout")),
        ("HolderRead: 401", _ => new Input.HolderRead(Then, ApiStatus.Unauthorized, null, false, true, null, "401")),
        ("HolderRead: 403", _ => new Input.HolderRead(Then, ApiStatus.Forbidden, null, false, true, null, "403")),
        ("HolderRead: 404", _ => new Input.HolderRead(Then, ApiStatus.NotFound, null, false, true, null, "404")),
        ("HolderRead: 422", _ => new Input.HolderRead(Then, ApiStatus.Refused, null, false, true, null, "422")),
        ("HolderRead: 429", _ => new Input.HolderRead(Then, ApiStatus.RateLimited, null, false, true, TimeSpan.FromSeconds(29), "429")),
        ("AssignAnswered: 201", s => Answer(s, ApiStatus.Ok, true)),
        ("AssignAnswered: 422", s => Answer(s, ApiStatus.Refused, false)),
        ("AssignAnswered: failed", s => Answer(s, ApiStatus.Failed, false)),
        ("AssignAnswered: 401", s => Answer(s, ApiStatus.Unauthorized, false)),
        ("AssignAnswered: 429", s => Answer(s, ApiStatus.RateLimited, false)),
        ("AssignAnswered: not sent", s => new Input.AssignAnswered(s.Term, Then, ApiStatus.Ok, false, true, 0, ActionStatus.Unknown, null, "")),
        ("ActionRead: in progress", _ => new Input.ActionRead(Then, 7, ApiStatus.Ok, ActionStatus.InProgress, null, "")),
        ("ActionRead: completed", _ => new Input.ActionRead(Then, 7, ApiStatus.Ok, ActionStatus.Completed, null, "")),
        ("ActionRead: errored", _ => new Input.ActionRead(Then, 7, ApiStatus.Ok, ActionStatus.Errored, null, "")),
        ("ActionRead: 404", _ => new Input.ActionRead(Then, 7, ApiStatus.NotFound, ActionStatus.Unknown, null, "404")),
        ("GuardAnswered: alive", _ => new Input.GuardAnswered(true, "200")),
        ("GuardAnswered: no answer", _ => new Input.GuardAnswered(false, "timeout")),
        ("GuardAnswered: cannot tell", _ => new Input.GuardAnswered(false, "an address of this machine") { CannotTell = true }),
        ("MetadataRead: here", _ => new Input.MetadataRead(Witness.Here, "")),
        ("MetadataRead: not here", _ => new Input.MetadataRead(Witness.NotHere, "")),
        ("MetadataRead: unknown", _ => new Input.MetadataRead(Witness.Unknown, "timeout")),
        ("Commanded: promote", _ => new Input.Commanded(new Command.Promote(false))),
        ("Commanded: promote --yes", _ => new Input.Commanded(new Command.Promote(true))),
        ("Commanded: release", _ => new Input.Commanded(new Command.ReleaseMaster(null))),
        ("Commanded: release --to n3", _ => new Input.Commanded(new Command.ReleaseMaster("n3"))),
        ("Commanded: release --to nobody we know", _ => new Input.Commanded(new Command.ReleaseMaster("n9"))),
        ("Commanded: maintenance on", _ => new Input.Commanded(new Command.Maintenance(true, null, "disk"))),
        ("Commanded: maintenance off", _ => new Input.Commanded(new Command.Maintenance(false, null, null))),
        ("Commanded: prepare-restart", _ => new Input.Commanded(new Command.PrepareRestart())),
        ("Commanded: prove-write", _ => new Input.Commanded(new Command.ProveWrite())),
        ("AssignAnswered: 404", s => Answer(s, ApiStatus.NotFound, false)),
        ("SettingsChanged: priority 1", s => new Input.SettingsChanged(s.Settings with { Nodes = s.Settings.Nodes.SetItem(0, s.Settings.Nodes[0] with { Priority = 1 }) })),
        ("SettingsChanged: one node left", s => new Input.SettingsChanged(s.Settings with { Nodes = [s.Settings.Self], Me = 0 })),
        ("SettingsChanged: a lease is needed now (E15)", s => new Input.SettingsChanged(s.Settings with { Lease = new LeaseTerms(TimeSpan.FromSeconds(5)) })),
        ("LeaseAnswered: where none is needed", _ => new Input.LeaseAnswered(LeaseRequest.Read, Then, LeaseStatus.Other, "") { Holder = "n2", Term = 3 }),
        ("Stalled", _ => new Input.Stalled(TimeSpan.FromSeconds(9))),
        ("Stopping: final", _ => new Input.Stopping(StopKind.Final)),
        ("Stopping: restart", _ => new Input.Stopping(StopKind.Restart)),
        ("UnitChanged: active", _ => new Input.UnitChanged(true, true, "active")),
        ("UnitChanged: cannot start", _ => new Input.UnitChanged(false, false, "denied")),
        ("ApiUnreachable", _ => new Input.ApiUnreachable()),
        ("TokenChanged", _ => new Input.TokenChanged()),
        ("Noticed", _ => new Input.Noticed(new Event(EventKind.SecretMissing, Severity.Warning) { Subject = "cloud token", Detail = "the file is empty" })),
    ];

    [Fact]
    public void Every_role_takes_every_input_and_the_table_says_what_comes_of_it()
    {
        var table = new StringBuilder();
        table.Append("# What comes of what\n\nWritten by the test `DecisionTableTests`; `REWRITE=1` renews it. Node n1 of three (n2 is the other node of the text), everything else as on an\n")
            .Append("ordinary day. A cell says the role after the step, if it changed, and what the shell is asked to do; a dot: nothing but what would have been due anyway.\n\n");
        table.Append("| input |").AppendJoin("", s_roles.Select(r => $" {r.Name} |")).Append('\n');
        table.Append("|---|").AppendJoin("", s_roles.Select(_ => "---|")).Append('\n');
        foreach (var (name, makeInput) in s_inputs)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {name} |");
            foreach (var (_, makeState) in s_roles)
            {
                table.Append(' ').Append(Cell(makeState, makeInput)).Append(" |");
            }

            table.Append('\n');
        }

        ScenarioTests.CompareOrRewrite(Path.Combine(ScenarioTests.Root(), "docs", "decisions.md"), table.ToString());
    }

    [Fact]
    public void Every_case_of_Input_is_in_the_table()
    {
        var cases = typeof(Input).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(Input))).Select(t => t.Name).Order();
        Assert.Equal(cases, s_inputs.Select(i => i.Name.Split(':')[0]).Distinct().Order());
    }

    private static string Cell(Func<ElectionState> makeState, Func<ElectionState, Input> makeInput)
    {
        var state = makeState();
        var before = (state.Role, state.Term);
        var effects = Effects(state, makeInput(state));
        foreach (var usual in Effects(makeState(), new Input.Deadline()))
            effects.Remove(usual);
        var words = new List<string>();
        if (before != (state.Role, state.Term))
            words.Add($"**{Describe.Role(state)}**");
        words.AddRange(effects.Where(e => e is not "SaveState"));
        Assert.True(state.NextDeadline > Then || effects.Contains("Exit"), "the deadline must lie ahead");
        return words.Count == 0 ? "." : string.Join(", ", words);
    }

    private static List<string> Effects(ElectionState state, Input input)
    {
        var effects = new List<Effect>();
        Election.Step(state, input, Then + TimeSpan.FromMilliseconds(40), effects);
        return [.. effects.Select(Name)];
    }

    private static string Name(Effect effect) => effect switch
    {
        Effect.Announce a => a.Event.Kind.ToString(),
        Effect.SendAdvert s => s.Copies > 1 ? $"SendAdvert x{s.Copies}" : "SendAdvert",
        Effect.Reply r => r.Result is CommandResult.Done ? "done" : "refused",
        _ => effect.GetType().Name,
    };
}
