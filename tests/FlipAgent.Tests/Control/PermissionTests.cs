using System.Text.Json;
using FlipAgent.Control;
using FlipAgent.Core;
using FlipAgent.Harness;
using FlipAgent.Kernel;
using Microsoft.Extensions.Logging;

namespace FlipAgent.Tests.Control;

/// <summary>Real clients under other users; the kernel says who they are.</summary>
public class PermissionTests
{
    private const int Nobody = 65534;
    private const int Games = 60;
    private const int Users = 100;

    [NeedsFact("root", "setpriv", "curl")]
    public async Task F63_A_stranger_may_neither_read_nor_change_and_is_logged_with_uid_and_pid()
    {
        await using var agent = await AgentInMemory.Start();

        var status = Curl(agent, Nobody, Nobody, "/v1/status");
        var promote = Curl(agent, Nobody, Nobody, "/v1/promote", "{}");

        Assert.Equal((403, ExitCode.Permission), (status.Http, status.Code));
        Assert.Equal((403, ExitCode.Permission), (promote.Http, promote.Code));
        Assert.Contains("uid 65534 may not change things here", promote.Body);
        Assert.Empty(agent.Commands);
        Assert.Contains(agent.Log, line => line.Level == LogLevel.Warning && line.Text.StartsWith("GET /v1/status refused to uid 65534, pid ") && line.Text.Contains("(curl): not root and not in group games or users"));
    }

    [NeedsFact("root", "setpriv", "curl")]
    public async Task F63_A_member_of_the_reading_group_reads_and_may_not_change()
    {
        await using var agent = await AgentInMemory.Start();

        Assert.Equal(200, Curl(agent, Nobody, Games, "/v1/status").Http);
        Assert.Equal((403, ExitCode.Permission), Curl(agent, Nobody, Games, "/v1/promote", "{}") is var (http, code, _) ? (http, code) : default);
        Assert.Empty(agent.Commands);
    }

    [NeedsFact("root", "setpriv", "curl")]
    public async Task A_member_of_the_admin_group_by_a_supplementary_group_changes_and_is_logged()
    {
        await using var agent = await AgentInMemory.Start();

        var curl = Shell.Run("setpriv", "--reuid", $"{Nobody}", "--regid", $"{Nobody}", "--groups", $"{Nobody},{Users}",
            "curl", "-sS", "--unix-socket", agent.Socket, "-d", "{\"yes\":true}", "http://x/v1/promote");

        Assert.Equal((0, ""), (curl.Code, curl.Error));
        Assert.Contains("\"ok\":true", curl.Out);
        Assert.Equal(new Command.Promote(true), Assert.Single(agent.Commands));
        Assert.Contains(agent.Log, line => line.Level == LogLevel.Information && line.Text.StartsWith("promote --yes asked for by uid 65534, pid ") && line.Text.EndsWith("(curl): done"));
    }

    [NeedsFact("root", "setpriv", "curl")]
    public async Task Where_the_groups_do_not_exist_the_socket_is_the_agents_own_with_one_warning()
    {
        await using var agent = await AgentInMemory.Start(options => options with { ReadGroup = "no-such-group", ChangeGroup = "nor-this-one" });

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(agent.Socket));
        Assert.Contains("no-such-group", Assert.Single(agent.Log, line => line.Level >= LogLevel.Warning).Text);
        Assert.Equal(7, As(Nobody, Nobody, "curl", "-s", "--unix-socket", agent.Socket, "http://x/v1/status").Code);
        Assert.Equal(0, Shell.Run("curl", "-sf", "--unix-socket", agent.Socket, "-d", "", "http://x/v1/promote").Code);
    }

    [Fact]
    public async Task With_the_groups_the_socket_is_open_to_all()
    {
        await using var agent = await AgentInMemory.Start();

        Assert.Equal((UnixFileMode)0b110_110_110, File.GetUnixFileMode(agent.Socket));
        Assert.DoesNotContain(agent.Log, line => line.Level >= LogLevel.Warning);
    }

    [Theory]
    [InlineData(0u, new uint[] { }, Rights.Change)]
    [InlineData(1000u, new uint[] { 20 }, Rights.Change)]
    [InlineData(1000u, new uint[] { 10 }, Rights.Read)]
    [InlineData(1000u, new uint[] { 30 }, Rights.None)]
    [InlineData(900u, new uint[] { }, Rights.Read)]
    public void Rights_go_by_user_and_groups(uint uid, uint[] groups, Rights expected) =>
        Assert.Equal(expected, new AccessRules(ReadGroup: 10, ChangeGroup: 20, OwnUid: 900).RightsOf(new CallerCredentials(1, uid, groups)));

    [Theory]
    [InlineData(0u, Rights.Change)]
    [InlineData(900u, Rights.Change)]
    [InlineData(1000u, Rights.None)]
    public void Without_the_groups_the_agents_own_user_may_do_everything(uint uid, Rights expected) =>
        Assert.Equal(expected, new AccessRules(null, null, OwnUid: 900).RightsOf(new CallerCredentials(1, uid, [1])));

    [Fact]
    public void Groups_are_found_by_name_and_by_user()
    {
        Assert.Equal(0u, UserDatabase.GroupId("root"));
        Assert.Null(UserDatabase.GroupId("no-such-group"));
        Assert.Contains(0u, UserDatabase.GroupsOf(0, 0));
        Assert.Empty(UserDatabase.GroupsOf(3_999_999_999, 0));
    }

    private static (int Http, int Code, string Body) Curl(AgentInMemory agent, int uid, int gid, string path, string? body = null)
    {
        string[] data = body is null ? [] : ["-d", body];
        var curl = As(uid, gid, "curl", ["-sS", "-w", "%{http_code}", "--unix-socket", agent.Socket, .. data, "http://x" + path]);
        Assert.Equal((0, ""), (curl.Code, curl.Error));
        var json = curl.Out[..^3];
        var code = JsonDocument.Parse(json).RootElement.TryGetProperty("code", out var value) ? value.GetInt32() : 0;
        return (int.Parse(curl.Out[^3..]), code, json);
    }

    /// <summary>As this user, with this group and no other.</summary>
    private static ProgramResult As(int uid, int gid, string program, params string[] arguments) =>
        Shell.Run("setpriv", ["--reuid", $"{uid}", "--regid", $"{gid}", "--clear-groups", program, .. arguments]);
}
