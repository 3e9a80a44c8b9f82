using FlipAgent.Ctl;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Ctl;

/// <summary>One run of flipagentctl inside the test's process, against a real socket.</summary>
internal sealed record CtlRun(int Exit, string Out, string Error)
{
    public static Task<CtlRun> Of(AgentInMemory agent, params string[] args) => Of(["--socket", agent.Socket, .. args]);

    public static Task<CtlRun> Of(params string[] args) => With(Plain(), CancellationToken.None, args);

    /// <param name="answer">What the person at the terminal types.</param>
    public static Task<CtlRun> OfPerson(AgentInMemory agent, string answer, params string[] args) =>
        With(Plain() with { ReadLine = () => answer, Person = true, Live = true }, CancellationToken.None, ["--socket", agent.Socket, .. args]);

    public static async Task<CtlRun> With(Terminal terminal, CancellationToken stop, params string[] args)
    {
        var exit = await CtlProgram.Run(args, terminal, stop);
        return new CtlRun(exit, terminal.Out.ToString()!, terminal.Error.ToString()!);
    }

    /// <summary>Not a terminal, as in a script.</summary>
    public static Terminal Plain() => new(() => null, new StringWriter(), new StringWriter(), Person: false, Live: false);
}
