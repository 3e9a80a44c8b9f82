using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using FlipAgent.Cloud.Api;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Naming;
using FlipAgent.Redaction;

namespace FlipAgent.Cloud.Exec;

/// <summary>
/// A cloud that a program of the user asks (docs/providers.md): <c>holder ADDRESS</c> prints a server id, or <c>none</c>; <c>assign ADDRESS SERVER_ID</c> asks for a move. A program
/// may take longer than the agent waits for an answer: a read is then joined by the next one, and an assign goes on as an action.
/// </summary>
internal sealed class ExecProvider : IFloatingIpProvider
{
    /// <summary>How long an accepted assign is looked at before its outcome counts as unknown; no second one is sent meanwhile.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_old = TimeSpan.FromSeconds(10);

    private readonly ProviderProgram _program;
    private readonly ProviderGround _ground;
    private readonly TimeSpan _wait;
    private readonly ConcurrentDictionary<IPAddress, Running> _reads = new();
    private readonly ConcurrentDictionary<long, Assigned> _assigns = new();
    private long _lastAction = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    private volatile string? _problem;

    public ExecProvider(FloatingIpConfig floatingIp, string? tokenFile, ProviderGround ground)
    {
        List<(string, string)> environment = [];
        if (tokenFile is not null)
            environment.Add(("FLIPAGENT_TOKEN_FILE", tokenFile));
        if (ground.StateDir is { } home)
            environment.Add(("HOME", home));
        _program = new ProviderProgram([.. floatingIp.Command], floatingIp.CommandTimeout, [.. environment]);
        _ground = ground;
        // What is left of the limit is for winding up.
        _wait = ground.Limit * 0.95;
    }

    public ApiCounters Counters { get; } = new(["read_holder", "assign"], ["exit0", "exit1", "killed"]);

    public bool NameIsStale => false;

    public string? Problem => _problem;

    public Task<Input.HolderRead> ReadHolder(IPAddress address) => ReadHolder(address, _wait);

    private async Task<Input.HolderRead> ReadHolder(IPAddress address, TimeSpan wait)
    {
        // A run that the last question did not wait for answers this one, unless it is old by now.
        var run = _reads.TryRemove(address, out var before) && !(before.Result.IsCompleted && _ground.Now() - before.StartedAt > s_old)
            ? before
            : new Running(_ground.Now(), Timed("holder", $"{address}"));
        var result = await Within(wait, run.Result).ConfigureAwait(false);
        if (result is null)
            _reads[address] = run;
        var read = result is null
            ? Unread(run.StartedAt, ApiStatus.Failed, $"the program has not ended after {(_ground.Now() - run.StartedAt).TotalSeconds:0.#} s")
            : Judge(run.StartedAt, result);
        Note(read.Status, read.Detail);
        return read;
    }

    public async Task<Input.AssignAnswered> Assign(IPAddress address, long server, uint term, Func<bool> mayStill)
    {
        var sentAt = _ground.Now();
        if (!mayStill())
            return new(term, sentAt, ApiStatus.Ok, Accepted: false, NotSent: true, 0, ActionStatus.Unknown, null, "not wanted any more");
        var assigned = new Assigned(address, server, Timed("assign", $"{address}", ServerId.NameOf(server)));
        if (await Within(_wait, assigned.Result).ConfigureAwait(false) is { Status: not 0 } result)
        {
            Note(StatusOf(result), result.Detail);
            return new(term, sentAt, StatusOf(result), Accepted: false, NotSent: false, 0, ActionStatus.Unknown, null, result.Detail);
        }
        var action = Interlocked.Increment(ref _lastAction);
        // A program of a cloud that moves addresses at once has moved it by now; to see it takes no longer than the answer may take as a whole.
        var (status, detail) = await Progress(assigned, _wait - (_ground.Now() - sentAt)).ConfigureAwait(false);
        if (status == ActionStatus.InProgress)
            _assigns[action] = assigned;
        _problem = null;
        return new(term, sentAt, ApiStatus.Ok, Accepted: true, NotSent: false, action, status, null, detail);
    }

    public async Task<Input.ActionRead> ReadAction(IPAddress address, long action)
    {
        var sentAt = _ground.Now();
        if (!_assigns.TryGetValue(action, out var assigned))
            return new(sentAt, action, ApiStatus.NotFound, ActionStatus.Unknown, null, "an assign of an earlier run");
        var (status, detail) = await Progress(assigned, _wait).ConfigureAwait(false);
        if (status != ActionStatus.InProgress)
            _assigns.TryRemove(action, out _);
        return new(sentAt, action, ApiStatus.Ok, status, null, detail);
    }

    /// <summary>There is no connection to keep.</summary>
    public void KeepConnected(Action unreachable)
    {
    }

    public async Task<Known> FindAddress(IPAddress address)
    {
        var result = await Timed("holder", $"{address}").ConfigureAwait(false);
        var read = Judge(_ground.Now(), result);
        var holder = read.DropletId is { } server ? $"at server {ServerId.NameOf(server)}" : read.ScopeProven ? "at nobody" : "at an unknown holder";
        return new(read.Status, null, read.Status == ApiStatus.Ok ? holder : read.Detail);
    }

    public Task<Known?> FindServer(long server) => Task.FromResult<Known?>(null);

    public Task<IReadOnlyList<string>> FindMissingRights() => Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>Programs under way end by themselves, in their time.</summary>
    public void Dispose()
    {
    }

    /// <summary>An assign is done when the address is seen at the server, whatever the program said of it.</summary>
    private async Task<Standing> Progress(Assigned assigned, TimeSpan wait)
    {
        if (!assigned.Result.IsCompleted)
            return new(ActionStatus.InProgress, "the program goes on");
        var result = await assigned.Result.ConfigureAwait(false);
        if (result.Status is null)
            return new(ActionStatus.Unknown, result.Detail);
        if (result.Status != 0)
            return new(StatusOf(result) == ApiStatus.Failed ? ActionStatus.Unknown : ActionStatus.Errored, result.Detail);
        var read = await ReadHolder(assigned.Address, wait).ConfigureAwait(false);
        if (read.Status == ApiStatus.Ok && read.DropletId == assigned.Server)
            return new(ActionStatus.Completed, result.Detail);
        return _ground.Now() - assigned.EndedAt(_ground) < Patience
            ? new(ActionStatus.InProgress, "accepted, and not seen there yet")
            : new(ActionStatus.Unknown, $"accepted, and not seen there within {Patience.TotalSeconds:0} s");
    }

    private static async Task<ProgramResult?> Within(TimeSpan wait, Task<ProgramResult> run) =>
        await AlarmClock.Own.Ends(run, wait).ConfigureAwait(false) ? await run.ConfigureAwait(false) : null;

    private async Task<ProgramResult> Timed(string verb, params string[] arguments)
    {
        var started = Stopwatch.GetTimestamp();
        var result = await _program.Run([verb, .. arguments]).ConfigureAwait(false);
        Counters.Count(verb == "holder" ? "read_holder" : verb, result.Status is { } status ? $"exit{status}" : "killed", Stopwatch.GetElapsedTime(started));
        return result;
    }

    private static Input.HolderRead Judge(TimeSpan startedAt, ProgramResult result)
    {
        if (result.Status != 0)
            return Unread(startedAt, StatusOf(result), result.Detail);
        if (result.Output is null)
            return Unread(startedAt, ApiStatus.Failed, $"printed more than {ProviderProgram.MostOutput} bytes; expected a server id");
        return result.Output.Trim() switch
        {
            "" => new(startedAt, ApiStatus.Ok, null, Locked: false, ScopeProven: false, null, "printed nothing: the holder is unknown"),
            "none" => new(startedAt, ApiStatus.Ok, null, Locked: false, ScopeProven: true, null, result.Detail),
            // A credential may look like the name of a server, and would be told as the holder.
            var secret when Redactor.Redact(secret) != secret => Unread(startedAt, ApiStatus.Failed, "printed a secret of the agent; expected a server id, or none"),
            var name when ServerId.IsName(name) => new(startedAt, ApiStatus.Ok, ServerId.NumberOf(name), Locked: false, ScopeProven: true, null, result.Detail),
            // What it is may be a secret, so it is not shown.
            var other => Unread(startedAt, ApiStatus.Failed, $"printed {other.Length} characters that are no server id; expected one, or none"),
        };
    }

    private static Input.HolderRead Unread(TimeSpan startedAt, ApiStatus status, string detail) =>
        new(startedAt, status, null, Locked: false, ScopeProven: false, null, detail);

    /// <summary>What the exit statuses mean: docs/providers.md.</summary>
    private static ApiStatus StatusOf(ProgramResult result) => result.Status switch
    {
        0 => ApiStatus.Ok,
        3 => ApiStatus.Forbidden,
        4 => ApiStatus.NotFound,
        5 => ApiStatus.Refused,
        6 => ApiStatus.RateLimited,
        _ => ApiStatus.Failed,
    };

    private void Note(ApiStatus status, string detail) => _problem = status == ApiStatus.Ok ? null : detail;

    /// <param name="StartedAt">What it prints is at least as old.</param>
    private sealed record Running(TimeSpan StartedAt, Task<ProgramResult> Result);

    private sealed record Assigned(IPAddress Address, long Server, Task<ProgramResult> Result)
    {
        private TimeSpan? _since;

        /// <summary>When the program was first seen to have ended well.</summary>
        public TimeSpan EndedAt(ProviderGround ground) => _since ??= ground.Now();
    }

    /// <summary>How far an assign is, and what is said of it.</summary>
    private sealed record Standing(ActionStatus Status, string Detail);
}
