using System.Text;
using System.Text.Json;
using FlipAgent.Control;
using FlipAgent.Redaction;
using FlipAgent.Reporting;

namespace FlipAgent.Ctl;

/// <summary><c>flipagentctl doctor --cluster</c>: one look at all nodes before there is trouble, from the agent of this machine. It asks nobody else.</summary>
internal sealed class ClusterDoctor(AgentClient agent, Terminal terminal)
{
    /// <summary>Ends with 1 when something fails, with 7 when something is a warning.</summary>
    /// <param name="json">One object in place of lines.</param>
    public async Task<int> Run(bool json, CancellationToken stop)
    {
        var answer = await agent.Status(stop);
        if (answer.Failure is { } failure)
            return terminal.Fail(failure.Code, failure.Text);
        var status = answer.Value!;
        var findings = ClusterExam.Look(status);
        var worst = findings.Max(one => one.Finding.Health);
        if (json)
            terminal.Out.Write(Json(status, findings, worst));
        else
            Write(findings);
        return worst switch
        {
            Health.Ok => ExitCode.Done,
            Health.Warn => ExitCode.Degraded,
            _ => ExitCode.Failed,
        };
    }

    private void Write(IReadOnlyList<ClusterExam.ClusterFinding> findings)
    {
        foreach (var about in findings.GroupBy(one => one.Node))
        {
            terminal.Out.WriteLine(about.Key is { } node ? Printable.Of($"{node}:") : "cluster:");
            foreach (var (_, finding) in about)
                finding.Write(terminal, indent: "  ");
        }
    }

    private static string Json(StatusReport status, IReadOnlyList<ClusterExam.ClusterFinding> findings, Health worst)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteString("cluster", status.Cluster);
            json.WriteString("asked", status.Node);
            json.WriteString("health", Word(worst));
            json.WriteStartArray("findings");
            foreach (var (node, finding) in findings)
            {
                json.WriteStartObject();
                json.WriteString("node", node);
                json.WriteString("subject", finding.Subject);
                json.WriteString("health", Word(finding.Health));
                json.WriteString("text", finding.Text);
                json.WriteString("to_do", finding.ToDo);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static string Word(Health health) => health switch
    {
        Health.Ok => "ok",
        Health.Warn => "warning",
        _ => "failure",
    };
}
