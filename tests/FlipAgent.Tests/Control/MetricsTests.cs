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

        var samples = Parse(page);
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
            "become_master_total", "release_master_total", "advert_lateness_seconds", "stalls_total", "stall_seconds_max", "haproxy_check_success",
            "haproxy_check_duration_seconds", "api_requests_total", "api_request_duration_seconds", "api_ratelimit_remaining",
            "failover_duration_seconds", "assign_total", "flap_hold", "maintenance", "alerts_total", "alert_queue_length", "log_dropped_total",
            "config_last_reload_successful", "config_hash_info",
        ];
        Assert.All(names, name => Assert.Contains($"# TYPE flipagent_{name} ", page));
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
        using var response = new HttpResponseMessage { Headers = { { "ratelimit-remaining", "4711" } } };
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
            var count = buckets.Key.Replace("_bucket", "_count");
            Assert.Equal(buckets.Last().Value, samples[count.EndsWith('{') ? count[..^1] : count + "}"]);
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

    [GeneratedRegex(",?le=\"[^\"]*\"\\}$")]
    private static partial Regex LastBound();
}
