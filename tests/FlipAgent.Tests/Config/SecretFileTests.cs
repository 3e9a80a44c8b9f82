using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using FlipAgent.Config;
using FlipAgent.Config.Secrets;
using FlipAgent.Config.Sections;
using FlipAgent.Harness;
using FlipAgent.Redaction;

namespace FlipAgent.Tests.Config;

/// <summary>Files with secrets: who may read them, what comes back, and that the secret itself comes out nowhere.</summary>
[SupportedOSPlatform("linux")]
public sealed class SecretFileTests : IDisposable
{
    private const string Canary = "dop_v1_canary0123456789abcdef";

    private readonly string _directory = Directory.CreateTempSubdirectory("flip-secret-").FullName;

    public void Dispose() => Directory.Delete(_directory, true);

    [Theory]
    [InlineData(0x180 /* 0600 */)]
    [InlineData(0x1A0 /* 0640 */)]
    [InlineData(0x100 /* 0400 */)]
    public void A_secret_that_only_we_can_read_is_read_and_trimmed(int mode)
    {
        var path = Write("token", $"\uFEFF  {Canary} \r\n\n", mode);
        Assert.Equal(Canary, Assert.IsType<SecretResult.Ok>(SecretFile.Read(path)).Secret.Reveal());
    }

    [Theory]
    [InlineData(0x1A4, "0644")]
    [InlineData(0x1B6, "0666")]
    [InlineData(0x184, "0604")]
    [InlineData(0x182, "0602")]
    public void F61_a_secret_that_others_can_read_is_refused_and_not_even_read(int mode, string octal)
    {
        var path = Write("token", Canary, mode);
        var result = SecretFile.Read(path);
        Assert.Equal(new SecretResult.TooOpen(octal, false), result);
        Assert.Equal($"{path} can be read by others (mode {octal}): chmod 640 {path}, and take the secret for known", result.Describe(path));
    }

    [Fact]
    public void F61_a_secret_that_a_foreign_group_can_read_is_refused()
    {
        if (Environment.UserName != "root")
            return; // Only root can give a file to a group that is not its own.
        var path = Write("token", Canary, 0x1A0);
        Shell.Must("chgrp", "54321", path);
        Assert.Equal(new SecretResult.TooOpen("0640", true), SecretFile.Read(path));
        Shell.Must("chmod", "600", path);
        Assert.IsType<SecretResult.Ok>(SecretFile.Read(path));
    }

    [Fact]
    public void F61_missing_empty_large_and_strange_files_are_told_apart()
    {
        Assert.IsType<SecretResult.Missing>(SecretFile.Read(_directory + "/nothing"));
        Assert.IsType<SecretResult.Missing>(SecretFile.Read(Write("file", "x", 0x180) + "/below"));
        Assert.IsType<SecretResult.Empty>(SecretFile.Read(Write("empty", " \n", 0x180)));
        // What was read is blacked out everywhere from then on, in other tests too: it must be a text that none of them has.
        var full = string.Concat(Enumerable.Repeat("a-full-file-", 342))[..4096];
        Assert.IsType<SecretResult.Ok>(SecretFile.Read(Write("full", full, 0x180)));
        Assert.IsType<SecretResult.TooLarge>(SecretFile.Read(Write("large", $"{full}x", 0x180)));
        Assert.Equal(new SecretResult.Unreadable("it is not text"), SecretFile.Read(Write("binary", "a\0b", 0x180)));
        Assert.Equal(new SecretResult.Unreadable("it is a directory"), SecretFile.Read(_directory));
    }

    [Fact]
    public void A_pipe_in_place_of_a_file_is_refused_at_once()
    {
        var path = _directory + "/pipe";
        Shell.Must("mkfifo", "-m", "600", path);
        var clock = Stopwatch.StartNew();
        Assert.Equal(new SecretResult.Unreadable("it is a pipe"), SecretFile.Read(path));
        Assert.IsType<ConfigResult.Invalid>(ConfigReader.Read(path, null));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_link_is_followed_and_the_mode_of_its_target_counts()
    {
        var target = Write("target", Canary, 0x1A4);
        var link = _directory + "/link";
        File.CreateSymbolicLink(link, target);
        Assert.Equal(new SecretResult.TooOpen("0644", false), SecretFile.Read(link));
        File.SetUnixFileMode(target, (UnixFileMode)0x180);
        Assert.IsType<SecretResult.Ok>(SecretFile.Read(link));
        File.Delete(target);
        Assert.IsType<SecretResult.Missing>(SecretFile.Read(link));
    }

    [Fact]
    public void A_name_without_a_slash_is_looked_for_among_systemds_credentials_first()
    {
        var etc = Directory.CreateDirectory(_directory + "/etc").FullName;
        var credentials = Directory.CreateDirectory(_directory + "/credentials").FullName;
        Write("etc/token", "from-etc", 0x180);
        Assert.Equal("from-etc", Reveal(SecretFile.Read("token", etc, credentials)));
        // systemd grants a credential by an access list, whose mask shows as group bits of a foreign group.
        Write("credentials/token", "from-systemd", 0x120 /* 0440 */);
        if (Environment.UserName == "root")
            Shell.Must("chgrp", "54321", credentials + "/token");
        Assert.Equal("from-systemd", Reveal(SecretFile.Read("token", etc, credentials)));
        Assert.Equal("from-etc", Reveal(SecretFile.Read("./token", etc, credentials)));
        Assert.Equal("from-etc", Reveal(SecretFile.Read("token", etc, null)));
        Assert.Equal(etc + "/token", SecretFile.PathOf("token", etc));
    }

    [Fact]
    public void A_secret_prints_as_three_stars_wherever_it_goes()
    {
        var secret = new Secret(Canary);
        Assert.Equal("*** *** ***", $"{secret} {secret,3} {new[] { secret }[0]}");
        Assert.DoesNotContain("canary", JsonSerializer.Serialize(new { secret }));
        Assert.DoesNotContain("canary", new SecretResult.Ok(secret).ToString());
        Assert.True(secret.Equals(new Secret(Canary)));
        Assert.False(secret.Equals(new Secret(Canary + "x")));
    }

    [Fact]
    public void The_redactor_blacks_out_every_form_of_a_secret_and_nothing_else()
    {
        Assert.IsType<SecretResult.Ok>(SecretFile.Read(Write("hook", "https://hooks.example.com/services/T1/B1/verysecret+word\n", 0x180)));
        Assert.IsType<SecretResult.Ok>(SecretFile.Read(Write("key", "# cluster key of web-lb\n2:00112233445566778899aabbccddeeff\nffeeddccbbaa99887766554433221100\n", 0x180)));
        foreach (var leak in new[]
        {
            "POST https://hooks.example.com/services/T1/B1/verysecret+word failed",
            "path /services/T1/B1/verysecret+word",
            "json \"https:\\/\\/hooks.example.com\\/services\\/T1\\/B1\\/verysecret+word\"",
            "json https://hooks.example.com/services/T1/B1/verysecret\\u002Bword",
            "json https://hooks.example.com/services/T1/B1/verysecret\\u002bword",
            "form " + "https%3a%2f%2fhooks.example.com%2fservices%2fT1%2fB1%2fverysecret%2bword",
            "form " + Uri.EscapeDataString("https://hooks.example.com/services/T1/B1/verysecret+word"),
            "key 00112233445566778899aabbccddeeff",
            "key ffeeddccbbaa99887766554433221100",
        })
        {
            var redacted = Redactor.Redact(leak);
            Assert.Contains("***", redacted);
            Assert.DoesNotContain("verysecret", redacted);
            Assert.DoesNotContain("112233", redacted);
            Assert.DoesNotContain("aa998877", redacted);
        }

        var innocent = "# cluster key of web-lb: haproxy-1 is master and holds 203.0.113.10";
        Assert.Same(innocent, Redactor.Redact(innocent));
    }

    [Fact]
    public void A_short_path_of_a_webhook_leaves_the_agents_own_paths_alone()
    {
        Redactor.Register("https://hooks.example.com/flipagent");
        Assert.Equal("cannot read /etc/flipagent/do-token", Redactor.Redact("cannot read /etc/flipagent/do-token"));
        Assert.Equal("POST *** failed", Redactor.Redact("POST https://hooks.example.com/flipagent failed"));
    }

    [Fact]
    public void A_key_with_a_comment_behind_it_is_known_without_it()
    {
        var key = string.Concat(Enumerable.Repeat("c0ffee42", 8));
        Redactor.Register($"1:{key} # made in May\n");
        Assert.Equal("the key *** is odd", Redactor.Redact($"the key {key} is odd"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("u:")]
    [InlineData("ab:")]
    [InlineData("name of a user:")]
    public void What_base64_shows_of_a_secret_is_blacked_out_wherever_it_begins(string before)
    {
        const string Secret = "dop_v1_5e8~?>ret";
        Redactor.Register(Secret);
        foreach (var behind in new[] { "", "x", "yz", " and more" })
        {
            var told = Convert.ToBase64String(Encoding.UTF8.GetBytes(before + Secret + behind));
            foreach (var text in new[] { told, told.Replace('+', '-').Replace('/', '_') })
            {
                var redacted = Redactor.Redact($"Authorization: Basic {text}");
                Assert.Contains("***", redacted);
                // What is left around the stars are the characters that the secret shares with its neighbours.
                Assert.InRange(redacted.Length - "Authorization: Basic ***".Length, 0, ((before.Length + behind.Length) * 4 / 3) + 8);
                Assert.DoesNotContain(told[((before.Length * 4 / 3) + 4)..((before.Length * 4 / 3) + 12)], redacted);
            }
        }
    }

    [Fact]
    public void A_text_without_a_secret_costs_no_memory()
    {
        Redactor.Register(Canary);
        var text = new string('x', 2000);
        Redactor.Redact(text);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Redactor.Redact(text);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    [Fact]
    public void A_secret_pasted_into_the_configuration_is_refused_and_not_repeated()
    {
        (string From, string To)[] slips =
        [
            ("/etc/flipagent/do-token", Canary), ("/etc/flipagent/do-token", "${TOKEN}"), ("/etc/flipagent/cluster.key", "1:" + new string('a', 64)),
            ("token_file: /etc/flipagent/do-token", "token: " + Canary), ("checks:", $"{Canary}: 1\nchecks:"), ("cluster: web-lb", $"cluster: {Canary}"),
            ("cluster: web-lb", "cluster: ${TOKEN}"), ("priority: 150", "priority: \"${TOKEN}\""), ("  key_file", "  interval: ${TOKEN}\n  key_file"),
            ("checks:", $"alerts: [{{webhook: {{url: \"https://hooks.slack.com/services/T/B/{Canary}\"}}}}]\nchecks:"),
            ("checks:", $"alerts: [{{slack: {{webhook_url_file: \"https://hooks.slack.com/services/T/B/{Canary}\"}}}}]\nchecks:"),
            ("  provider", $"  api_url: https://{Canary}@api/\n  provider"), ("  provider", $"  {Canary}\n  provider"),
            ("  provider", $"  x: *{Canary}\n  provider"), ("  provider", $"  x: !{Canary} a\n  provider"), ("  provider", $"  x: \"${{{Canary}\"\n  provider"),
        ];
        foreach (var (from, to) in slips)
        {
            var errors = string.Join('\n', Sample.Errors(Sample.Minimal.Replace(from, to), null, Sample.Machine(variables: ("TOKEN", Canary + "/x y"))));
            Assert.NotEmpty(errors);
            Assert.DoesNotContain("canary", errors);
            Assert.DoesNotContain("aaaaaaaa", errors);
        }
    }

    [Fact]
    public void Generated_keys_have_256_bits_and_differ()
    {
        Assert.Matches("^1:[0-9a-f]{64}$", KeyGen.Line());
        Assert.Matches("^255:[0-9a-f]{64}$", KeyGen.Line(255));
        Assert.NotEqual(KeyGen.Line(), KeyGen.Line());
        Assert.Throws<ArgumentOutOfRangeException>(() => KeyGen.Line(0));
    }

    private static string Reveal(SecretResult result) => Assert.IsType<SecretResult.Ok>(result).Secret.Reveal();

    private string Write(string name, string text, int mode)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, (UnixFileMode)mode);
        return path;
    }
}
