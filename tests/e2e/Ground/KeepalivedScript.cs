namespace FlipAgent.E2E.Ground;

/// <summary>What keepalived calls when its node becomes master, as the well-known tutorial for a floating IP has it: it asks the metadata service first, and assigns with ten tries 3 s apart.</summary>
internal static class KeepalivedScript
{
    /// <param name="states">A file that notes each call.</param>
    /// <param name="token">The file that has the token.</param>
    public static string Master(Node node, string states, string token) => $$"""
        echo MASTER >>{{states}}
        has=$(curl -s http://{{NamespaceNetwork.CloudAddress}}:{{NamespaceNetwork.MetadataPort}}/metadata/v1/floating_ip/ipv4/active)
        [ "$has" = false ] || exit 0
        for try in 1 2 3 4 5 6 7 8 9 10; do
            curl -sf -X POST -H "Authorization: Bearer $(cat {{token}})" -H 'Content-Type: application/json' \
                -d '{"type":"assign","droplet_id":{{node.Droplet}}}' \
                http://{{NamespaceNetwork.CloudAddress}}:{{NamespaceNetwork.ApiPort}}/v2/floating_ips/{{NamespaceNetwork.FloatingIp}}/actions >/dev/null && break
            sleep 3
        done

        """;
}
