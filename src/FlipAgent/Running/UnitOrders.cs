using FlipAgent.Checks;
using FlipAgent.Config;
using FlipAgent.Core;
using FlipAgent.Loop;
using FlipAgent.Supervision;
using FlipAgent.Systemd;

namespace FlipAgent.Running;

/// <summary>What the agent asks systemd for: the unit of a cold standby, and its own job when it is told to end.</summary>
internal sealed class UnitOrders(CurrentConfig current, SystemBus bus, CheckRunner checks, Inbox inbox, Supervisor supervisor)
{
    /// <summary>Is our own job at systemd a restart? No answer counts as a final stop (rule E12). Blocks for 300 ms at most.</summary>
    public StopKind OwnStopKind() => bus.OwnJob().Kind == OwnJobKind.Restart ? StopKind.Restart : StopKind.Final;

    /// <summary>Rule E14. Returns at once; the unit's new state comes back through the unit check.</summary>
    public void OrderUnit(bool start)
    {
        if (current.Value.Config.Checks.OfType<CheckConfig.Unit>().FirstOrDefault(c => c.ColdStandby) is not { } unit)
            return;
        var orders = supervisor.Part("orders to systemd");
        _ = Task.Run(() => orders.Run(() =>
        {
            var order = start ? bus.StartUnit(unit.UnitName) : bus.StopUnit(unit.UnitName);
            var done = order.Result == UnitOrderResult.Accepted;
            inbox.Put(new Input.Noticed(done
                ? new Event(start ? EventKind.UnitStarted : EventKind.UnitStopped, Severity.Info) { Subject = unit.UnitName }
                : new Event(EventKind.UnitFailed, Severity.Critical)
                { Subject = unit.UnitName, Cause = start ? new Cause.StartFailed(order.Detail) : new Cause.StopFailed(order.Detail) }));
            checks.TriggerAll();
        }));
    }
}
