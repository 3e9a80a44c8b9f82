using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Kernel;
using FlipAgent.Lease;
using FlipAgent.Supervision;

namespace FlipAgent.Ctl;

/// <summary>What the doctor asks the store of the lease itself: is every member there, is it new enough, may this user ask it, and who holds the lease. It takes no lease.</summary>
internal static class LeaseExam
{
    private const string Subject = "lease";
    private const string MemberSubject = "lease, ";

    // The header that tells the clock has whole seconds.
    private const double MostClockDifference = 1.0;

    private static readonly Version s_first35 = new(3, 5);
    private static readonly Version s_safe34 = new(3, 4, 31), s_safe35 = new(3, 5, 13);

    /// <summary>Nothing where there is no lease.</summary>
    public static async Task<IReadOnlyList<Finding>> Look(AgentConfig config)
    {
        if (config.Election.Lease is not { } lease)
            return [];
        // What cannot be read has a finding of its own.
        var password = SecretFile.Find(lease.PasswordFile, config.Directory);
        var key = SecretFile.Find(lease.CertKeyFile, config.Directory);
        var answered = new TaskCompletionSource<Input.LeaseAnswered>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var worker = new LeaseWorker(
            config, new LeaseGround(() => password, () => key, () => { }, () => Clocks.Monotonic), key, input => answered.TrySetResult((Input.LeaseAnswered)input), Supervisor.Silent);
        await worker.Look();
        worker.Ask(new Effect.AskLease(LeaseRequest.Read, 0, 0));
        var read = await answered.Task;
        var view = worker.View;
        worker.Close();
        return [.. view.Members.SelectMany(member => OfMember(member, view)), OfHolder(read, lease.KeyOf(config.Cluster)), .. OfUser(worker, read)];
    }

    /// <summary>
    /// Whether a warning of the agent's tells of a fault that was found here too, where it stands with what to do. What the agent alone has seen is not: its way to the store is another one.
    /// </summary>
    /// <param name="found">What <see cref="Look"/> found.</param>
    public static bool Says(IReadOnlyList<Finding> found, string warning) => found.Any(finding => finding.Health != Health.Ok && (finding.Subject == Subject
        ? finding.Text == warning || warning.StartsWith(LeaseReports.StoreFails, StringComparison.Ordinal)
        : warning.StartsWith($"{finding.Subject[MemberSubject.Length..]} {LeaseReports.DoesNotServe}", StringComparison.Ordinal)));

    /// <summary>What can be said of one member.</summary>
    internal static IEnumerable<Finding> OfMember(MemberView member, LeaseView view)
    {
        var subject = $"{MemberSubject}{member.Url}";
        // Nobody was asked, for the reason that the next finding has.
        if (member.Reachable is null)
            yield break;
        if (member.Reachable == false)
        {
            var text = $"{LeaseReports.DoesNotServe}{member.Problem}";
            var left = view.Members.Count(other => other.Reachable == true);
            yield return left * 2 > view.Members.Length
                ? Finding.Warn(subject, $"{text}; {left} of {view.Members.Length} members do", "mend it: when one more goes, there may be no master")
                : Finding.Fail(subject, text, "is etcd running there, is the port open, is it http or https as the URL says, and are ca_file and the certificates right (docs/lease.md)?");
            yield break;
        }
        yield return IsSafe(member.Version)
            ? Finding.Ok(subject, $"etcd {member.Version ?? "of a version that is not known"}{(member.Leads ? ", leads" : "")}")
            : Finding.Warn(subject, $"etcd {member.Version}: before 3.4.31 and 3.5.13 a leader that was stuck takes leases away when it comes back, and for a third of ttl there can be two masters",
                "upgrade etcd");
        if (member.ClockDifference is { } clock && Math.Abs(clock) > MostClockDifference)
            yield return Finding.Warn(subject, $"its clock is {Math.Abs(clock):0.0} s {(clock > 0 ? "ahead of" : "behind")} this machine's", "timedatectl on both; the lease does not depend on it, certificates and logs do");
    }

    /// <summary>Who holds it, and whether it can be had.</summary>
    internal static Finding OfHolder(Input.LeaseAnswered read, string key) => read.Status switch
    {
        LeaseStatus.Free => Finding.Ok(Subject, $"nobody holds {key}, and whoever is to become master can take it"),
        LeaseStatus.Other => Finding.Ok(Subject, $"{read.Holder} holds {key}, since term {read.Term}"),
        LeaseStatus.Refused => Finding.Fail(Subject, read.Detail, "docs/lease.md says what this means"),
        _ => Finding.Fail(Subject, $"cannot be obtained, so no node can become or stay master: {read.Detail}", "a majority of the members has to be there and to reach each other"),
    };

    private static IEnumerable<Finding> OfUser(LeaseWorker worker, Input.LeaseAnswered read)
    {
        if (read.Status is LeaseStatus.Free or LeaseStatus.Other && worker.View.Problem is { } problem)
            yield return Finding.Warn(Subject, problem, "etcdctl auth enable (docs/lease.md), or take username and password_file out of the file");
    }

    private static bool IsSafe(string? version) =>
        !Version.TryParse(version?.Split('-')[0], out var parsed) || (parsed < s_first35 ? parsed >= s_safe34 : parsed >= s_safe35);
}
