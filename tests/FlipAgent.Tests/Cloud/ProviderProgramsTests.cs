using FlipAgent.Harness;

namespace FlipAgent.Tests;

/// <summary>
/// The programs of deploy/providers, with stand-ins for the clients that they run: each prints what its client's documents say.
/// </summary>
public sealed class ProviderProgramsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flipagent-providers-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    // doctl compute reserved-ip get --format DropletID --no-header
    [InlineData("doctl", "holder 203.0.113.10", "echo 3164444", 0, "3164444")]
    [InlineData("doctl", "holder 203.0.113.10", "echo", 0, "none")]
    [InlineData("doctl", "holder 203.0.113.10", """echo 'Error: GET https://api.digitalocean.com/v2/reserved_ips/203.0.113.10: 404 (request "ab") The resource you were accessing could not be found.' >&2; exit 1""", 4, "")]
    [InlineData("doctl", "holder 203.0.113.10", """echo 'Error: GET https://api.digitalocean.com/v2/reserved_ips/203.0.113.10: 401 (request "ab") Unable to authenticate you' >&2; exit 1""", 3, "")]
    [InlineData("doctl", "assign 203.0.113.10 3164445", "echo in-progress", 0, "")]
    [InlineData("doctl", "assign 203.0.113.10 3164445", """echo 'Error: POST https://api.digitalocean.com/v2/reserved_ips/203.0.113.10/actions: 422 (request "ab") The floating IP already has a pending event.' >&2; exit 1""", 5, "")]
    [InlineData("doctl", "assign 203.0.113.10 3164445", """echo 'Error: POST https://api.digitalocean.com/v2/reserved_ips/203.0.113.10/actions: 429 (request "ab") API rate limit exceeded.' >&2; exit 1""", 6, "")]
    [InlineData("doctl", "assign 203.0.113.10 3164445", """echo 'Error: Post "https://api.digitalocean.com/v2": dial tcp: i/o timeout' >&2; exit 1""", 1, "")]
    // hcloud floating-ip list and describe
    [InlineData("hcloud", "holder 203.0.113.10", """case $2 in list) printf '11   198.51.100.1\n4711   203.0.113.10\n' ;; describe) [ "$3" = 4711 ] && echo 42 ;; esac""", 0, "42")]
    [InlineData("hcloud", "holder 203.0.113.10", """case $2 in list) printf '4711   203.0.113.10\n' ;; describe) echo none ;; esac""", 0, "none")]
    [InlineData("hcloud", "holder 203.0.113.10", """echo '11   198.51.100.1'""", 4, "")]
    [InlineData("hcloud", "holder 203.0.113.10", """echo 'hcloud: unable to authenticate (unauthorized, 3b2e)' >&2; exit 1""", 3, "")]
    [InlineData("hcloud", "assign 203.0.113.10 43", """case $2 in list) echo '4711   203.0.113.10' ;; assign) echo "Floating IP $3 assigned to Server $4" ;; esac""", 0, "")]
    [InlineData("hcloud", "assign 203.0.113.10 43", """case $2 in list) echo '4711   203.0.113.10' ;; assign) echo 'hcloud: floating IP is locked (locked, 3b2e)' >&2; exit 1 ;; esac""", 5, "")]
    [InlineData("hcloud", "assign 203.0.113.10 43", """case $2 in list) echo '4711   203.0.113.10' ;; assign) echo 'hcloud: limit reached (rate_limit_exceeded, 3b2e)' >&2; exit 1 ;; esac""", 6, "")]
    // aws ec2 describe-addresses and associate-address, --output text
    [InlineData("aws", "holder 203.0.113.10", "echo i-0a1b2c3d4e5f60001", 0, "i-0a1b2c3d4e5f60001")]
    [InlineData("aws", "holder 203.0.113.10", "echo None", 0, "none")]
    [InlineData("aws", "holder 203.0.113.10", """echo 'An error occurred (InvalidAddress.NotFound) when calling the DescribeAddresses operation: Address not found.' >&2; exit 254""", 4, "")]
    [InlineData("aws", "assign 203.0.113.10 i-0a1b", """case $2 in describe-addresses) echo eipalloc-64d5890a ;; associate-address) [ "$4" = eipalloc-64d5890a ] && [ "$6" = i-0a1b ] && echo eipassoc-2bebb745 ;; esac""", 0, "")]
    [InlineData("aws", "assign 203.0.113.10 i-0a1b", """case $2 in describe-addresses) echo eipalloc-64d5890a ;; *) echo 'An error occurred (UnauthorizedOperation) when calling the AssociateAddress operation: no.' >&2; exit 254 ;; esac""", 3, "")]
    [InlineData("aws", "assign 203.0.113.10 i-0a1b", """echo 'An error occurred (RequestLimitExceeded) when calling the DescribeAddresses operation: slow down' >&2; exit 254""", 6, "")]
    [InlineData("aws", "holder", "true", 64, "")]
    [InlineData("doctl", "remove 203.0.113.10", "true", 64, "")]
    [InlineData("hcloud", "assign 203.0.113.10", "true", 64, "")]
    public async Task They_say_what_their_client_said(string program, string arguments, string client, int status, string printed)
    {
        var fake = Path.Combine(_directory, program);
        await File.WriteAllTextAsync(fake, $"#!/bin/sh\n{client}\n");
        File.SetUnixFileMode(fake, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var start = new System.Diagnostics.ProcessStartInfo(Path.Combine(Repository.Root, "deploy/providers", program), arguments.Split(' ')) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{_directory}:/usr/bin:/bin";

        using var run = System.Diagnostics.Process.Start(start)!;
        var output = await run.StandardOutput.ReadToEndAsync();
        var errors = await run.StandardError.ReadToEndAsync();
        await run.WaitForExitAsync();

        Assert.True(status == run.ExitCode, $"exit status {run.ExitCode} and not {status}: {output} {errors}");
        if (arguments.StartsWith("holder", StringComparison.Ordinal))
            Assert.Equal(printed, output.Trim());
    }
}
