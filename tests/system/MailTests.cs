using FlipAgent.Harness;
using FlipAgent.SystemTests.Host;

namespace FlipAgent.SystemTests;

/// <summary>Alerts as mail, under the limits of the unit: msmtp hands them to the Postfix of the machine, as docs/alerts.md advises.</summary>
public sealed class MailTests : ClusterTests
{
    private const string Mailbox = "/var/mail/ops";

    private static readonly TimeSpan s_buildLimit = TimeSpan.FromMinutes(10);

    [SystemFact]
    public void Msmtp_delivers_the_news_of_a_failover_and_the_sendmail_of_Postfix_cannot()
    {
        foreach (var droplet in (Droplet[])[One, Two])
        {
            droplet.Run("useradd", "ops");
            droplet.Run("postconf", "-e", "inet_protocols=ipv4", "inet_interfaces=loopback-only");
            droplet.Run("systemctl", "restart", "postfix");
        }

        Cluster.Start();
        Cluster.AwaitWell(One);
        Mail("");
        var refused = One.Try("flipagentctl", "test-alert");
        Assert.Equal(1, refused.Code);
        Assert.Contains("email (/usr/sbin/sendmail): still running after 5 s; a mail program that needs rights of its own (Postfix, Exim) cannot have them here", refused.Text);

        // msmtp is there, but nobody has told it where mail goes.
        Mail(", program: /usr/bin/msmtp");
        var unconfigured = One.Try("flipagentctl", "test-alert");
        Assert.Equal(1, unconfigured.Code);
        Assert.Contains("email (/usr/bin/msmtp): exit status 78", unconfigured.Text);

        foreach (var droplet in (Droplet[])[One, Two])
        {
            droplet.Write("/etc/msmtprc", "account default\nhost localhost\nfrom flipagent@localhost\n");
        }

        var sent = One.Try("flipagentctl", "test-alert");
        Assert.True(sent.Code == 0, sent.Text + One.Journal("-n", "40"));
        AwaitMail(One, "Subject: INFO [web-lb] test alert from haproxy-1, requested by an operator; nothing is wrong");

        One.Run("systemctl", "stop", "haproxy");
        Cluster.AwaitMaster(Two);
        AwaitMail(Two, $"[web-lb] Failed over: {MachineNetwork.FloatingIp} moved from haproxy-1 to haproxy-2");
        Assert.Contains("\nTo: ops@localhost\n", Received(Two));
        Assert.Contains("\nFrom: flipagent@localhost\n", Received(Two));
        Assert.Empty(Two.Sh("ls /var/mail | grep -v '^ops$'").Out);
    }

    private protected override MachineCluster NewCluster() => new(bare: Golden.Root("bookworm", s_buildLimit, "msmtp", "postfix"), package: Packages.Newest);

    /// <summary>As an operator on both nodes: mail beside Slack, and a reload.</summary>
    private void Mail(string program)
    {
        foreach (var droplet in (Droplet[])[One, Two])
        {
            droplet.Run("sed", "-i", "-e", "/- email:/d", "-e", $"/^alerts:/a \\  - email: {{to: ops@localhost{program}}}", "/etc/flipagent/flipagent.yaml");
            droplet.Run("systemctl", "reload", "flipagent");
        }
    }

    private static string Received(Droplet droplet) => droplet.Sh($"cat {Mailbox}").Out;

    private static void AwaitMail(Droplet droplet, string part) =>
        Until.True(() => Received(droplet).Contains(part, StringComparison.Ordinal), () => $"no mail says '{part}': {Received(droplet)}\n{droplet.Journal("-n", "60")}", 60);
}
