using FlipAgent.Core;

namespace FlipAgent.Tests;

/// <summary>A token that no cloud can take never leaves the machine, and the file is read again until it is right.</summary>
public sealed class ApiTokenTests
{
    [Theory]
    [InlineData("DO_TOKEN=dop_v1_canary", "it begins with a name and an equals sign")]
    [InlineData("\"dop_v1_canary\"", "it is in quotes")]
    [InlineData("xxxxxxxx", "it stands in place of one, as instructions write it")]
    [InlineData("dop_v1_canary%", "it has a % in it")]
    [InlineData("{\"token\":\"dop_v1_canary\"}", "it has a { in it")]
    [InlineData("`dop_v1_canary`", "it has a ` in it")]
    [InlineData("dop_v1_canary\\n", "it has a \\ in it")]
    [InlineData("https://hooks.slack.example/services/canary", "it has a : in it")]
    public async Task A_token_written_as_for_a_shell_is_not_sent_and_the_reason_is_told(string token, string reason)
    {
        using var server = HttpScript.Always(401, "{}");
        var read = 0;
        using var client = CloudFixtures.Client(server.Url, () => token, () => read++);
        var answer = await client.ReadHolder();
        Assert.Equal(ApiStatus.Unauthorized, answer.Status);
        Assert.StartsWith($"the API token cannot be used: {reason}", answer.Detail);
        Assert.DoesNotContain("canary", answer.Detail);
        Assert.Equal(1, read);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_token_that_was_put_right_is_used_without_a_reload()
    {
        using var server = HttpScript.Always(404, "{}");
        var token = "'dop_v1_canary'";
        using var client = CloudFixtures.Client(server.Url, () => token, () => token = "dop_v1_canary");
        Assert.NotEqual(ApiStatus.Unauthorized, (await client.ReadHolder()).Status);
        Assert.NotEmpty(server.Requests);
    }
}
