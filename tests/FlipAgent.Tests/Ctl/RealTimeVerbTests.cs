using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using FlipAgent.Ctl;
using FlipAgent.Kernel;

namespace FlipAgent.Tests.Ctl;

/// <summary>flipagentctl realtime, and what doctor and reload make of the same threads. An agent under its unit is in tests/system.</summary>
// It looks for threads of this process by their names, and those of other tests have the same.
[Collection("alone")]
public sealed partial class RealTimeVerbTests : IDisposable
{
    private const int Raised = 2 | 0x40000000;

    private readonly Terminal _terminal = CtlRun.Plain();
    private readonly ManualResetEventSlim _end = new();
    private readonly List<Thread> _threads = [];

    public void Dispose()
    {
        _end.Set();
        _threads.ForEach(thread => thread.Join());
        _end.Dispose();
    }

    [Fact]
    public void It_takes_root()
    {
        Assert.Equal(4, new RealTimeVerb(_terminal) { IsRoot = false }.Run(Environment.ProcessId));
        Assert.Equal("flipagentctl: only root may give a program real-time scheduling; systemctl restart flipagent does it\n", $"{_terminal.Error}");
    }

    [Fact]
    public void A_process_that_is_not_there()
    {
        Assert.Equal(3, Verb().Run(int.MaxValue));
        Assert.Equal($"flipagentctl: there is no process {int.MaxValue}\n", $"{_terminal.Error}");
    }

    [Fact]
    public void A_process_that_is_another_program()
    {
        using var sleep = Process.Start("sleep", "60");
        Until(() => ProcStat.Read($"/proc/{sleep.Id}/stat")?.Name == "sleep");
        Assert.Equal(1, Verb().Run(sleep.Id));
        Assert.Equal($"flipagentctl: process {sleep.Id} is no flipagent of this machine; expected the MainPID of flipagent.service\n", $"{_terminal.Error}");
        sleep.Kill();
    }

    [Fact]
    public void A_process_without_the_threads()
    {
        using var sleep = Process.Start("sleep", "60");
        Assert.Equal(1, new RealTimeVerb(_terminal) { IsRoot = true, IsAgent = _ => true, Limit = TimeSpan.FromMilliseconds(50) }.Run(sleep.Id));
        Assert.Equal($"flipagentctl: process {sleep.Id} goes on without real-time scheduling: its thread decision does not get it\n", $"{_terminal.Error}");
        sleep.Kill();
    }

    [Fact]
    public void This_process_runs_this_program_and_its_end_is_seen()
    {
        using (var self = AgentThreads.Of(Environment.ProcessId)!)
            Assert.Equal((true, false), (self.RunsThisProgram, self.HasEnded));
        using var sleep = Process.Start("sleep", "60");
        using var other = AgentThreads.Of(sleep.Id)!;
        sleep.Kill();
        sleep.WaitForExit();
        Assert.True(other.HasEnded);
        Assert.False(other.RunsThisProgram);
        Assert.Empty(other.RealTimeThreads());
    }

    [Fact]
    public void The_newest_thread_of_each_name_gets_it_and_no_other()
    {
        if (!MayRaise())
            return;
        var old = NewThread(RealTime.Adverts);
        // The kernel counts the time of a start in hundredths of a second.
        Thread.Sleep(30);
        int[] threads = [NewThread(RealTime.Decisions), NewThread(RealTime.Adverts)];
        int[] others = [old, NewThread("decision-maker"), NewThread("advert"), Environment.ProcessId];
        var run = Verb().Run(Environment.ProcessId);
        Assert.Equal((0, $"decision, advert-rx of process {Environment.ProcessId} have real-time scheduling\n", ""), (run, $"{_terminal.Out}", $"{_terminal.Error}"));
        Assert.All(threads, thread => Assert.Equal(Raised, SchedGetScheduler(thread)));
        Assert.All(others, thread => Assert.Equal(0, SchedGetScheduler(thread)));
    }

    [Fact]
    public void A_thread_that_has_ended_is_no_failure_and_who_got_its_number_is_left_as_it_was()
    {
        if (!MayRaise())
            return;
        using var self = AgentThreads.Of(Environment.ProcessId)!;
        Assert.Null(self.Raise(new AgentThread(int.MaxValue, RealTime.Decisions, 1, false)));
        var another = NewThread("another");
        Assert.Null(self.Raise(new AgentThread(another, RealTime.Decisions, 1, false)));
        Assert.Equal(0, SchedGetScheduler(another));
    }

    [Fact]
    public async Task A_process_that_makes_ever_new_threads_of_these_names_gets_it_for_a_few_of_them()
    {
        if (!MayRaise())
            return;
        List<int> threads = [];
        using var end = new CancellationTokenSource();
        var maker = Task.Run(() =>
        {
            while (!end.IsCancellationRequested && threads.Count < 100)
            {
                threads.Add(NewThread(RealTime.Decisions));
                Thread.Sleep(15);
            }
        });
        Assert.Equal(1, Verb().Run(Environment.ProcessId));
        await end.CancelAsync();
        await maker;
        Assert.Equal($"flipagentctl: process {Environment.ProcessId} goes on without real-time scheduling: decision: there is always another one\n", $"{_terminal.Error}");
        Assert.InRange(threads.Count(thread => SchedGetScheduler(thread) == Raised), 1, 4);
    }

    [Fact]
    public void After_a_reload_the_adverts_get_what_the_decisions_have()
    {
        if (!MayRaise())
            return;
        var decisions = NewThread(RealTime.Decisions);
        var adverts = NewThread(RealTime.Adverts);
        Verb().Renew(Environment.ProcessId);
        Verb().Renew(0);
        Assert.Equal(0, SchedGetScheduler(adverts));
        Assert.Equal(0, RealTime.Raise(decisions));
        Verb().Renew(Environment.ProcessId);
        Assert.Equal(Raised, SchedGetScheduler(adverts));
        Assert.Equal(("", ""), ($"{_terminal.Out}", $"{_terminal.Error}"));
    }

    [Fact]
    public void The_doctor_says_which_threads_have_it_not_and_what_gives_it_to_them()
    {
        Assert.Null(RealTimeExam.Look(0));
        Assert.Null(RealTimeExam.Judge([]));
        Assert.Equal((Health.Ok, null), Judge(true, true));
        Assert.Equal((Health.Warn, "systemctl reload flipagent"), Judge(true, false));
        var (health, toDo) = Judge(false, false);
        Assert.Equal(Health.Warn, health);
        Assert.StartsWith("systemctl restart flipagent", toDo);

        static (Health, string?) Judge(bool decisions, bool adverts) => RealTimeExam.Judge([
            new(1, RealTime.Decisions, 1, decisions), new(2, RealTime.Adverts, 1, adverts),
        ]) is { } finding ? (finding.Health, finding.ToDo) : default;
    }

    [Fact]
    public void A_name_may_hold_brackets_and_blanks()
    {
        var zeros = string.Join(' ', Enumerable.Repeat("0", 17));
        var stat = ProcStat.Of(Encoding.UTF8.GetBytes($"812 (a) R 1 (b) S 7 {zeros} 4711 {zeros} 20 2 0\n"));
        Assert.Equal(("a) R 1 (b", 'S', 7, 4711UL, 2), (stat!.Value.Name, stat.Value.State, stat.Value.Parent, stat.Value.Started, stat.Value.Policy));
        Assert.Equal((4711UL, 0), ProcStat.Of(Encoding.UTF8.GetBytes($"812 (short) S 7 {zeros} 4711")) is { } cut ? (cut.Started, cut.Policy) : default);
        Assert.Null(ProcStat.Of("812 (cut"u8));
        Assert.Null(ProcStat.Of("812 (cut) S 1"u8));
        Assert.Null(ProcStat.Of("812 (odd) S x 1 1"u8));
        Assert.Null(ProcStat.Of(""u8));
    }

    private RealTimeVerb Verb() => new(_terminal) { IsRoot = true };

    private static bool MayRaise()
    {
        var may = false;
        var thread = new Thread(() => may = RealTime.Raise(0) == 0);
        thread.Start();
        thread.Join();
        return may;
    }

    private int NewThread(string name)
    {
        using var named = new ManualResetEventSlim();
        var id = 0;
        var thread = new Thread(() =>
        {
            id = GetTid();
            named.Set();
            _end.Wait();
        })
        { Name = name };
        thread.Start();
        named.Wait();
        _threads.Add(thread);
        return id;
    }

    private static void Until(Func<bool> condition) => FlipAgent.Harness.Until.True(condition, "never", 10);

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetTid();

    [LibraryImport("libc", EntryPoint = "sched_getscheduler")]
    private static partial int SchedGetScheduler(int thread);
}
