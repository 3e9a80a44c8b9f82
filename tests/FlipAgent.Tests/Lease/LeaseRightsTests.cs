using System.Globalization;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Lease;

/// <summary>Who may ask: TLS, client certificates, users; and a store that is full.</summary>
public sealed class LeaseRightsTests
{
    [NeedsFact("etcd", "etcdctl")]
    public void A_client_certificate_opens_the_door()
    {
        using var tls = new EtcdTls();
        using var etcd = EtcdCluster.Start(1, tls);
        var url = etcd.Urls[0].GetLeftPart(UriPartial.Authority);
        string With(string more) => $"\"{url}\"{more}";
        using (var one = new LeaseAsker(With($", ca_file: {tls.Of("ca.pem")}, cert_file: {tls.Of("client.pem")}, cert_key_file: {tls.Of("client.key")}"), "web-lb"))
            Assert.Equal(LeaseStatus.Held, one.Renew(one.Take().LeaseId).Status);
        Fails(With($", ca_file: {tls.Of("ca.pem")}"), LeaseStatus.Failed, "the server wants a client certificate");
        Fails(With($", ca_file: {tls.Of("other-ca.pem")}"), LeaseStatus.Failed, "the certificate is signed by CN=authority, no authority that this machine trusts");
        Fails(With(""), LeaseStatus.Failed, "no authority that this machine trusts");
        Fails(With($", ca_file: {tls.Of("client.key")}"), LeaseStatus.Refused, "client.key holds no certificate; expected PEM");
        Fails(With($", ca_file: {tls.Of("none.pem")}"), LeaseStatus.Refused, "none.pem cannot be read");
        Fails(With($", cert_file: {tls.Of("client.pem")}, cert_key_file: {tls.Of("server.key")}"), LeaseStatus.Refused, "holds no key that fits the certificate");
        Fails($"\"{url.Replace("https", "http", StringComparison.Ordinal)}\"", LeaseStatus.Failed, "the connection broke");
    }

    [NeedsFact("etcd", "etcdctl")]
    public void A_user_with_a_right_to_the_prefix_is_enough()
    {
        // The shortest life that a token can have here; the default is 5 minutes.
        using var etcd = EtcdCluster.Start(1, null, "--auth-token-ttl", "2");
        Guard(etcd);
        var password = "wrong";
        using var one = new LeaseAsker(Of(etcd, ", username: flipagent, password_file: p"), "web-lb", password: () => password);
        var refused = one.Acquire();
        Assert.Equal(LeaseStatus.Refused, refused.Status);
        Assert.Contains("refuses user flipagent: authentication failed, invalid user ID or password", refused.Detail, StringComparison.Ordinal);
        Assert.NotEqual(0, one.SecretsRead);
        password = "a password of etcd";
        var held = one.Take();
        Thread.Sleep(TimeSpan.FromSeconds(5));
        Assert.Equal((LeaseStatus.Held, ""), (one.Renew(held.LeaseId).Status, one.Renew(held.LeaseId).Detail));
        Assert.Equal(LeaseStatus.Other, one.Read().Status);
        Assert.Equal(LeaseStatus.Free, one.Release(held.LeaseId).Status);
    }

    [NeedsFact("etcd", "etcdctl")]
    public void Without_a_user_or_a_right_it_says_what_is_missing()
    {
        using var etcd = EtcdCluster.Start();
        Guard(etcd);
        Fails(Of(etcd, ""), LeaseStatus.Refused, "asks for a user; expected election.lease.username and password_file");
        Fails(Of(etcd, ", username: flipagent, password_file: p"), LeaseStatus.Refused, "election.lease.password_file cannot be read");
        Fails(Of(etcd, ", prefix: /elsewhere, username: flipagent, password_file: p"), LeaseStatus.Refused, "permission denied", "a password of etcd");
    }

    [NeedsFact("etcd", "etcdctl")]
    public void A_user_is_not_needed_where_there_is_no_authentication()
    {
        using var etcd = EtcdCluster.Start();
        using var one = new LeaseAsker(Of(etcd, ", username: flipagent, password_file: p"), "web-lb", password: () => "a password of etcd");
        var held = one.Take();
        Assert.Equal("etcd asks nobody for a user: whoever reaches it can take the lease", one.Worker.View.Problem);
        // It is switched on while the agent runs.
        Guard(etcd);
        Assert.Equal((LeaseStatus.Held, ""), (one.Renew(held.LeaseId).Status, one.Renew(held.LeaseId).Detail));
        Assert.Null(one.Worker.View.Problem);
    }

    [NeedsFact("etcd", "etcdctl")]
    public async Task A_store_without_space_keeps_the_lease_and_gives_none()
    {
        using var etcd = EtcdCluster.Start(1, null, "--quota-backend-bytes", (256 * 1024).ToString(CultureInfo.InvariantCulture));
        using var one = new LeaseAsker(etcd.Urls, "web-lb");
        using var two = new LeaseAsker(etcd.Urls, "mail-lb");
        var held = one.Take();
        var filler = new string('x', 30_000);
        for (var i = 0; i < 40 && Shell.Run("etcdctl", "--endpoints", etcd.Urls[0].GetLeftPart(UriPartial.Authority), "put", $"x{i}", filler).Code == 0; i++)
        {
        }
        Assert.Contains("NOSPACE", etcd.Ctl("alarm", "list"), StringComparison.Ordinal);
        Assert.Equal((LeaseStatus.Held, ""), (one.Renew(held.LeaseId).Status, one.Renew(held.LeaseId).Detail));
        var refused = two.Acquire();
        Assert.Equal(LeaseStatus.Refused, refused.Status);
        Assert.Contains("is read-only (NOSPACE), so nobody can take the lease", refused.Detail, StringComparison.Ordinal);
        await one.Worker.Look();
        var read = one.Read();
        Assert.Equal((LeaseStatus.Refused, "haproxy-1"), (read.Status, read.Holder));
        Assert.Contains("NOSPACE", one.Worker.View.Problem, StringComparison.Ordinal);
        Assert.Equal((LeaseStatus.Free, ""), (one.Release(held.LeaseId).Status, one.Release(held.LeaseId).Detail));
    }

    /// <summary>The commands of docs/lease.md.</summary>
    private static void Guard(EtcdMembers etcd)
    {
        etcd.Ctl("user", "add", "root:a root password");
        etcd.Ctl("user", "grant-role", "root", "root");
        etcd.Ctl("role", "add", "flipagent");
        etcd.Ctl("role", "grant-permission", "flipagent", "--prefix=true", "readwrite", "/flipagent/");
        etcd.Ctl("user", "add", "flipagent:a password of etcd");
        etcd.Ctl("user", "grant-role", "flipagent", "flipagent");
        etcd.Ctl("auth", "enable");
    }

    private static string Of(EtcdMembers etcd, string more) => $"\"{etcd.Urls[0].GetLeftPart(UriPartial.Authority)}\"{more}";

    private static void Fails(string etcd, LeaseStatus status, string said, string? password = null)
    {
        using var one = new LeaseAsker(etcd, "web-lb", password: () => password);
        var answer = one.Acquire();
        Assert.Contains(said, answer.Detail, StringComparison.Ordinal);
        Assert.Equal(status, answer.Status);
        Assert.Equal(answer.Detail, one.Worker.View.Problem);
    }
}
