using System.Globalization;
using System.Text.RegularExpressions;
using FlipAgent.Control;
using FlipAgent.Counting;
using FlipAgent.Outbound;

namespace FlipAgent.Tests.Control;

public partial class MetricsTests
{
    [Fact]
    public void The_page_obeys_the_text_format()
    {
        var page = Metrics.Render(Reports.Healthy, Busy(), Reports.Noon);

        var samples = Plain(Parse(page));
        Assert.Equal(1, samples["flipagent_up"]);
        Assert.Equal(1, samples["flipagent_build_info{version=\"1.1.0\"}"]);
        Assert.Equal(1, samples["flipagent_role{role=\"master\"}"]);
        Assert.Equal(0, samples["flipagent_role{role=\"backup\"}"]);
        Assert.Equal(1, samples["flipagent_fip_owner{owner=\"haproxy-1\"}"]);
        Assert.Equal(Reports.Noon.ToUnixTimeSeconds() - 1.2, samples["flipagent_fip_verified_timestamp_seconds"], 3);
        Assert.Equal(0.4, samples["flipagent_peer_last_advert_age_seconds{peer=\"haproxy-2\"}"]);
        Assert.Equal(2, samples["flipagent_advertisements_dropped_total{reason=\"bad-mac\"}"]);
        Assert.Equal(1, samples["flipagent_api_requests_total{op=\"assign\",code=\"201\"}"]);
        Assert.Equal(3, samples["flipagent_stall_seconds_max"]);
        Assert.Equal(1, samples["flipagent_failover_duration_seconds_bucket{phase=\"assign\",le=\"2\"}"]);
        Assert.Equal(0, samples["flipagent_failover_duration_seconds_bucket{phase=\"assign\",le=\"1\"}"]);
        Assert.Equal(1.1, samples["flipagent_failover_duration_seconds_sum{phase=\"assign\"}"]);
        Assert.Equal(1, samples["flipagent_config_hash_info{hash=\"00000000000000ff\"}"]);
    }

    [Fact]
    public void Every_name_of_the_operations_document_is_there()
    {
        var page = Metrics.Render(Reports.Healthy, Busy(), Reports.Noon);

        string[] names =
        [
            "up", "build_info", "role", "fip_owner", "fip_verified_timestamp_seconds", "term", "priority", "eligible", "peer_up",
            "peer_last_advert_age_seconds", "advertisements_sent_total", "advertisements_received_total", "advertisements_dropped_total",
            "become_master_total", "release_master_total", "advert_lateness_seconds", "stalls_total", "stall_seconds_max",
            "api_requests_total", "api_request_duration_seconds", "api_ratelimit_remaining",
            "failover_duration_seconds", "assign_total", "flap_hold", "maintenance", "alerts_total", "alert_queue_length", "log_dropped_total",
            "config_last_reload_successful", "config_hash_info",
            "check_success", "check_duration_seconds", "check_degraded", "warnings", "standbys", "hold_down_seconds", "moves_left", "superseded", "last_move_timestamp_seconds",
            "last_move_info", "peer_fit", "peer_api_ok", "peer_hears_me", "peer_config_differs", "peer_rejected", "guard_success_timestamp_seconds", "guard_sees", "lookup_success_timestamp_seconds",
            "metadata_state", "secret_readable", "alert_oldest_waiting_seconds", "heartbeat_total", "heartbeat_success_timestamp_seconds", "api_ratelimit_reset_timestamp_seconds",
            "clock_offset_seconds", "service_unserved_seconds", "role_since_timestamp_seconds",
        ];
        Assert.All(names, name => Assert.Contains($"# TYPE flipagent_{name} ", page));
        string[] process = ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds", "process_open_fds", "process_max_fds", "process_threads"];
        Assert.All(process, name => Assert.True(Plain(Parse(page))[name] > 0));
    }

    [Fact]
    public void Every_sample_says_of_which_cluster_and_node_and_what_belongs_to_an_address_of_which()
    {
        var samples = Parse(Metrics.Render(Reports.Healthy, Busy(), Reports.Noon));

        Assert.All(samples.Keys, key => Assert.Matches("cluster=\"web-lb\"", key));
        Assert.All(samples.Keys, key => Assert.Single(Regex.Matches(key, "[{,]node=\"")));
        Assert.All(samples.Keys, key => Assert.EndsWith("node=\"haproxy-1\"}", key));
        string[] ofAddress = ["fip_owner", "claim", "guard_state", "service_state", "flap_hold", "superseded", "moves_left", "last_move_info", "guard_sees", "write_access"];
        Assert.All(ofAddress, name => Assert.All(samples.Keys.Where(key => key.StartsWith($"flipagent_{name}{{")), key => Assert.Contains("address=\"203.0.113.10\"", key)));
    }

    [Fact]
    public void Every_labelled_counter_is_there_before_its_first_count()
    {
        var counters = new Counters { Api = FlipAgent.Cloud.Api.ApiCounters.OfHttp("read_holder", "assign") };
        var samples = Plain(Parse(Metrics.Render(Reports.Healthy, counters, Reports.Noon)));

        string[] keys =
        [
            "release_master_total{cause=\"unfit\"}", "release_master_total{cause=\"planned\"}", "assign_total{result=\"accepted\"}", "assign_total{result=\"refused\"}",
            "assign_total{result=\"unclear\"}", "advertisements_received_total{peer=\"haproxy-2\"}", "advertisements_dropped_total{reason=\"bad-mac\"}",
            "advertisements_dropped_total{reason=\"late\"}", "api_requests_total{op=\"assign\",code=\"201\"}", "api_requests_total{op=\"read_holder\",code=\"untrusted\"}",
            "heartbeat_total{result=\"sent\"}", "heartbeat_total{result=\"failed\"}",
        ];
        Assert.All(keys, key => Assert.Equal(0, samples["flipagent_" + key]));
    }

    /// <summary>Each cloud has its own questions, and a program has exit statuses: no line of another one stands there at 0 for ever.</summary>
    [Theory]
    [InlineData("digitalocean", "assign 201,read_action 200,read_droplet 200,read_holder 200")]
    [InlineData("hetzner", "assign 201,find_address 200,read_action 200,read_holder 200,read_lock 200")]
    [InlineData("exec", "assign exit0,read_holder exit0")]
    public void The_lines_of_requests_are_those_that_the_provider_makes(string provider, string expected)
    {
        var floatingIp = new FlipAgent.Config.FloatingIpConfig(System.Net.IPAddress.Loopback, "", null, default, new Uri("http://127.0.0.1:1"), new Uri("http://127.0.0.1:1"), false)
        {
            Vendor = FlipAgent.Naming.CloudVendor.All.Single(v => v.Name == provider),
            Command = new(["/bin/true"]),
        };
        var ground = new FlipAgent.Cloud.Api.ProviderGround(null, () => null, () => { }, () => TimeSpan.Zero);
        using FlipAgent.Cloud.Api.IFloatingIpProvider made = provider switch
        {
            "digitalocean" => new FlipAgent.Cloud.DigitalOcean.DigitalOceanClient(floatingIp, 1, ground),
            "hetzner" => new FlipAgent.Cloud.Hetzner.HetznerClient(floatingIp, ground),
            _ => new FlipAgent.Cloud.Exec.ExecProvider(floatingIp, null, ground),
        };
        var samples = Parse(Metrics.Render(Reports.Healthy, new Counters { Api = made.Counters }, Reports.Noon));
        var lines = samples.Keys.Select(key => Regex.Match(key, "^flipagent_api_requests_total.*op=\"(\\w+)\",code=\"(\\w+)\"")).Where(m => m.Success).Select(m => $"{m.Groups[1]} {m.Groups[2]}").ToList();
        Assert.Equal(expected.Split(','), lines.Where(line => line.EndsWith(" 200", StringComparison.Ordinal) || line.EndsWith("201", StringComparison.Ordinal) || line.EndsWith("exit0", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(expected.Split(',').Length, lines.Select(line => line.Split(' ')[0]).Distinct().Count());
    }

    [Fact]
    public void In_OpenMetrics_a_counter_is_named_without_total_and_the_page_says_that_it_is_whole()
    {
        var page = Metrics.Render(Reports.Healthy, Busy(), Reports.Noon, openMetrics: true);

        Assert.EndsWith("\n# EOF\n", page);
        Assert.Contains("# TYPE flipagent_become_master counter\nflipagent_become_master_total{", page);
        Assert.DoesNotMatch("# (TYPE|HELP) [a-z_]+_total ", page);
        Assert.Contains("le=\"1.0\"", page);
        Assert.DoesNotContain("le=\"1\"", page);
        Assert.Equal(Parse(Metrics.Render(Reports.Healthy, Busy(), Reports.Noon)).Count, page.Split('\n').Count(line => line.Length > 0 && line[0] != '#'));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("*/*", false)]
    [InlineData("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", false)]
    [InlineData("application/openmetrics-text", true)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3", true)]
    [InlineData("application/openmetrics-text;version=\"1.0.0\";escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,*/*;q=0.2", true)]
    [InlineData("application/openmetrics-text;version=2.0.0", false)]
    [InlineData("application/openmetrics-text;q=0", false)]
    [InlineData("application/openmetrics-text;q=0.2,text/plain;q=0.9", false)]
    [InlineData(";;;,q=,\"", false)]
    public async Task The_format_is_the_one_that_the_reader_asks_for(string? accept, bool openMetrics)
    {
        await using var agent = await AgentInMemory.Start();
        using var client = Client.Of(agent);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);

        using var answer = await client.SendAsync(request);

        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal(openMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(openMetrics, page.EndsWith("# EOF\n"));
        Assert.Equal(["Accept"], answer.Headers.Vary);
    }

    [Fact]
    public void Each_address_has_its_samples()
    {
        var page = Metrics.Render(Reports.TwoAddresses, Busy(), Reports.Noon, false);

        Assert.Matches("flipagent_fip_owner\\{[^}]*owner=\"haproxy-2\"[^}]*address=\"2001:db8::1\"[^}]*\\} 1\n", page);
        Assert.Matches("flipagent_fip_owner\\{[^}]*owner=\"haproxy-1\"[^}]*address=\"203.0.113.10\"[^}]*\\} 1\n", page);
    }

    [Fact]
    public void The_clock_and_the_reset_of_the_rate_limit_are_those_of_the_last_answer()
    {
        var api = new FlipAgent.Cloud.Api.ApiCounters();
        Assert.Null(api.ClockOffset);
        using var response = new HttpResponseMessage { Headers = { { "ratelimit-reset", "1900000000" }, { "Date", DateTimeOffset.UtcNow.AddSeconds(-90).ToString("R") } } };
        api.Count("read_holder", new HttpAnswer(Exchange.Answered, "") { Code = 200, Headers = response.Headers }, TimeSpan.Zero);

        Assert.Equal(1900000000, api.RateLimitReset);
        Assert.InRange(api.ClockOffset!.Value.TotalSeconds, 89, 95);
        api.Count("read_holder", new HttpAnswer(Exchange.Unreachable, ""), TimeSpan.Zero);
        Assert.Equal(1900000000, api.RateLimitReset);
    }

    [Fact]
    public void Label_values_are_escaped()
    {
        var page = new MetricsWriter().Gauge("x", "h\\e\nlp").Sample("label", "a\"b\\c\nd", double.PositiveInfinity).ToString();

        Assert.Equal("# HELP flipagent_x h\\\\e\\nlp\n# TYPE flipagent_x gauge\nflipagent_x{label=\"a\\\"b\\\\c\\nd\"} +Inf\n", page);
        Parse(page);
    }

    [Fact]
    public void A_metric_that_Prometheus_would_refuse_is_a_programmers_error()
    {
        Assert.Throws<ArgumentException>(() => new MetricsWriter().Counter("sent", "no _total"));
        Assert.Throws<ArgumentException>(() => new MetricsWriter().Gauge("a-b", "no such name"));
        Assert.Throws<InvalidOperationException>(() => new MetricsWriter().Gauge("x", "once").Gauge("x", "twice"));
    }

    [Fact]
    public void Labels_from_outside_cannot_grow_the_page_without_end()
    {
        var tally = new LabelledTally();
        for (var i = 0; i < 1000; i++)
            tally.Add($"label {i}");

        var lines = tally.Read().ToList();
        Assert.InRange(lines.Count, 100, 101);
        Assert.Equal(1000, lines.Sum(line => line.Count));
    }

    [Fact]
    public void Counting_in_the_steady_state_allocates_nothing()
    {
        var counters = Busy();
        Count();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Count();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Count()
        {
            counters.AdvertisementsSent.Add();
            counters.AdvertisementsReceived.Add("haproxy-2");
            counters.AdvertLateness.Observe(TimeSpan.FromMilliseconds(3));
            counters.Stalled(TimeSpan.FromSeconds(1));
        }
    }

    private static Counters Busy()
    {
        var counters = new Counters { ConfigHash = 255, LogDropped = 5, Api = new FlipAgent.Cloud.Api.ApiCounters() };
        using var response = new HttpResponseMessage { Headers = { { "ratelimit-remaining", "4711" }, { "ratelimit-reset", "1900000000" }, { "Date", "Thu, 01 Jan 2026 12:00:00 GMT" } } };
        counters.Api.Count("assign", new HttpAnswer(Exchange.Answered, "") { Code = 201, Headers = response.Headers }, TimeSpan.FromMilliseconds(300));
        counters.AdvertisementsSent.Add();
        counters.AdvertisementsReceived.Add("haproxy-2");
        counters.AdvertisementsDropped.Add("bad-mac");
        counters.AdvertisementsDropped.Add("bad-mac");
        counters.ReleasedMaster.Add("unfit");
        counters.Assigns.Add("accepted");
        counters.CheckSeconds["haproxy"] = 0.002;
        counters.FailoverAssign.Observe(TimeSpan.FromMilliseconds(1100));
        counters.Stalled(TimeSpan.FromSeconds(3));
        counters.Stalled(TimeSpan.FromSeconds(2));
        return counters;
    }

    /// <summary>Without the labels that every sample has.</summary>
    private static Dictionary<string, double> Plain(Dictionary<string, double> samples) =>
        samples.GroupBy(sample => CommonLabels().Replace(sample.Key, "}").Replace("{}", "")).ToDictionary(group => group.Key, group => group.First().Value);

    /// <summary>
    /// A reader of the text format by its specification: HELP and TYPE come once and first, samples of a metric stand together, none comes twice,
    /// buckets rise and end in +Inf, which equals the count.
    /// </summary>
    private static Dictionary<string, double> Parse(string page)
    {
        Assert.EndsWith("\n", page);
        var samples = new Dictionary<string, double>();
        var types = new Dictionary<string, string>();
        var current = "";
        foreach (var line in page[..^1].Split('\n'))
        {
            if (HelpLine().Match(line) is { Success: true } help)
            {
                current = help.Groups[1].Value;
                Assert.False(types.ContainsKey(current), $"{current} comes twice");
            }
            else if (TypeLine().Match(line) is { Success: true } type)
            {
                Assert.Equal(current, type.Groups[1].Value);
                types.Add(current, type.Groups[2].Value);
            }
            else
            {
                var sample = SampleLine().Match(line);
                Assert.True(sample.Success, $"not a sample: {line}");
                var name = sample.Groups[1].Value;
                Assert.Contains(name, types[current] == "histogram" ? [current + "_bucket", current + "_sum", current + "_count"] : new[] { current });
                samples.Add(name + sample.Groups[2].Value, Number(sample.Groups[4].Value));
            }
        }
        CheckHistograms(samples);
        return samples;
    }

    private static void CheckHistograms(Dictionary<string, double> samples)
    {
        var series = samples.Where(sample => sample.Key.Contains("_bucket{")).GroupBy(sample => LastBound().Replace(sample.Key, ""));
        foreach (var buckets in series)
        {
            Assert.Equal(buckets.Select(bucket => bucket.Value).Order(), buckets.Select(bucket => bucket.Value));
            Assert.Contains("le=\"+Inf\"", buckets.Last().Key);
            Assert.Equal(buckets.Last().Value, samples[buckets.Key.Replace("_bucket", "_count")]);
        }
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) .+$")]
    private static partial Regex HelpLine();

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(\\[\\"n]|[^\\"])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:\\[\\"n]|[^\\"])*")*\})? (\S+)$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("(,?address=\"[^\"]*\")?,?cluster=\"[^\"]*\"(,node=\"[^\"]*\")?\\}$")]
    private static partial Regex CommonLabels();

    [GeneratedRegex("le=\"[^\"]*\",")]
    private static partial Regex LastBound();
}
