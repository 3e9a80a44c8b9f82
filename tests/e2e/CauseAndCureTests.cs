using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlipAgent.E2E.Ground;
using FlipAgent.Harness;

namespace FlipAgent.E2E;

/// <summary>What is wrong between the machines from the start: status and doctor say the cause, and the doctor the cure.</summary>
[Collection(OneAfterTheOther.Name)]
public class CauseAndCureTests(TestGround ground)
{
    private const int TlsPort = 8443;

    [NetFact]
    public async Task F26_Address_translation_between_the_nodes_is_no_silence_and_no_differing_key()
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        ground.Network.TranslateAddress(2, on: true);
        try
        {
            foreach (var node in cluster.Nodes)
                node.StartAgent();
            await Says(cluster, cluster[1], "hearing haproxy-2, but its adverts arrive from another address (10.77.0.212 instead of 10.77.0.12)");
            var doctor = Doctor(cluster[1]);
            Assert.Contains("FAIL  peer haproxy-2: hearing it, but its adverts arrive from another address (10.77.0.212 instead of 10.77.0.12)", doctor);
            Assert.Contains("-> let the nodes send to each other without address translation", doctor);
        }
        finally
        {
            ground.Network.TranslateAddress(2, on: false);
        }
        await cluster.Audit(1, most: 1);
    }

    [NetFact]
    public async Task F26_A_way_that_was_open_in_one_direction_only_from_the_start_gets_the_firewalls_cure_on_both_nodes()
    {
        await using var cluster = await NamespaceCluster.Prepare(ground);
        cluster[2].Deafen(cluster[1]);
        foreach (var node in cluster.Nodes)
            node.StartAgent();
        await Says(cluster, cluster[1], "haproxy-2, but it has not answered this node yet: what this node sends may not arrive there");
        var hearing = Doctor(cluster[1]);
        Assert.Contains("FAIL  peer haproxy-2: heard, but it does not hear this node: the way is open in one direction only", hearing);
        Assert.Contains("-> let UDP from this node through to 10.77.0.12", hearing);
        var deaf = Doctor(cluster[2]);
        Assert.Contains("FAIL  peer haproxy-1: never heard, nothing arrives from 10.77.0.11", deaf);
        Assert.Contains("let the election's UDP port pass both ways", deaf);
    }

    [NetTheory]
    [InlineData("digitalocean", 30, "is not valid before 20", "set the clock of this machine: timedatectl")]
    [InlineData("digitalocean", -1, "no authority that this machine trusts", "update-ca-certificates")]
    [InlineData("hetzner", 30, "is not valid before 20", "set the clock of this machine: timedatectl")]
    [InlineData("hetzner", -1, "no authority that this machine trusts", "update-ca-certificates")]
    public async Task F45_A_certificate_of_the_API_that_is_not_to_be_trusted_is_named_with_its_cure(string provider, int validFromDays, string cause, string cure)
    {
        await using var cluster = await NamespaceCluster.Prepare(ground, new() { Provider = provider });
        using var tls = Tls(cluster[1].Folder, DateTimeOffset.UtcNow.AddDays(validFromDays));
        File.WriteAllText(cluster[1].Config, cluster.Yaml().Replace(
            $"api_url: http://{NamespaceNetwork.CloudAddress}:{NamespaceNetwork.ApiPort}", $"api_url: https://{NamespaceNetwork.CloudAddress}:{TlsPort}"));
        cluster[1].StartAgent();
        await Says(cluster, cluster[1], cause);
        var lines = Doctor(cluster[1]).Split('\n').ToList();
        var finding = lines.FindIndex(line => line.StartsWith("FAIL  cloud API: fails: 10.77.0.1: TLS: the certificate", StringComparison.Ordinal));
        Assert.True(finding >= 0, string.Join('\n', lines));
        Assert.Contains(cause, lines[finding]);
        Assert.Contains(cure, lines[finding + 1]);
        Assert.DoesNotContain("getent", lines[finding + 1]);
    }

    /// <summary>HAProxy with a certificate of its own in front of the stand-in's API.</summary>
    private OwnedProcess Tls(string folder, DateTimeOffset from)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=company proxy", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(NamespaceNetwork.CloudAddress);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(from, from.AddDays(30));
        var (pem, config) = (Path.Combine(folder, "tls.pem"), Path.Combine(folder, "tls.cfg"));
        File.WriteAllText(pem, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        File.WriteAllText(config, $"""
            defaults
              mode http
              timeout connect 2s
              timeout client 10s
              timeout server 10s
            frontend api
              bind {new IPEndPoint(NamespaceNetwork.CloudAddress, TlsPort)} ssl crt {pem}
              default_backend api
            backend api
              server api {new IPEndPoint(NamespaceNetwork.CloudAddress, NamespaceNetwork.ApiPort)}

            """);
        return new(new() { Network = ground.Network.Cloud, Log = Path.Combine(folder, "tls.log") }, "haproxy", "-db", "-f", config);
    }

    private static Task Says(NamespaceCluster cluster, Node node, string text) => Until.True(
        async () => (await node.Status())?["warnings"]!.AsArray().Any(warning => warning!.ToString().Contains(text, StringComparison.Ordinal)) == true, cluster.Describe, 60);

    /// <summary>Where the agent is: from outside its sockets and its metadata service are other ones.</summary>
    private static string Doctor(Node node)
    {
        var command = node.Network.Enter(Binary.Ctl, "--socket", node.Socket, "doctor", node.Config);
        return Shell.Run(command[0], command[1..], null, node.Environment).Out;
    }
}
