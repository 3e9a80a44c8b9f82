using FlipAgent.Checks;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Logging;
using FlipAgent.Loop;
using FlipAgent.Supervision;
using FlipAgent.Systemd;

namespace FlipAgent.Running;

/// <summary>What every part stands on; nothing in it can fail for a reason of the configuration.</summary>
internal sealed record Ground(AgentLog AgentLog, ILogger Log, SdNotify Notify, LoopWaiter Waiter, Inbox Inbox, Supervisor Supervisor, bool RealTime)
{
    public ExitWatch Exits { get; } = new(Supervisor);

    public SystemBus Bus { get; } = new(Supervisor);

    public Counters Counters { get; } = new();

    public EventRing Events { get; } = new();

    public AssignPermit Permit { get; } = new();

    /// <param name="realTime">Whether the threads that a failover waits for ask for real-time priority.</param>
    public static Ground Of(AgentLog agentLog, SdNotify notify, bool realTime)
    {
        var log = agentLog.Factory.CreateLogger("FlipAgent");
        var waiter = new LoopWaiter();
        var inbox = new Inbox(waiter);
        return new Ground(agentLog, log, notify, waiter, inbox, new Supervisor(e => inbox.Put(new Input.Noticed(e)), log), realTime);
    }

    public void Notice(Event e) => Inbox.Put(new Input.Noticed(e));
}
