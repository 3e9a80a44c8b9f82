using System.Text;
using FlipAgent.Alerts;
using FlipAgent.Outbound;

namespace FlipAgent.Tests.Alerts;

/// <summary>An answer of 200 that is none: the alert has reached nobody.</summary>
public class ReceiptTests
{
    [Theory]
    [InlineData("ok")]
    [InlineData("")]
    [InlineData("OK\n")]
    [InlineData("Message received")]
    [InlineData("{\"ok\":true}")]
    [InlineData("{\"success\": true, \"error\": null}")]
    [InlineData("{not JSON, and of no concern to us")]
    [InlineData("<ok/>")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"status\":\"\\ud800\", \"ok\":\"\\udc00\"}")]
    public void A_receiver_may_answer_what_it_likes(string body) => Assert.Null(Objection(body));

    [Theory]
    [InlineData("<!DOCTYPE html><html><title>Sign in</title>", "a web page")]
    [InlineData("\n  <html lang=en><body><form action=/login>", "a web page")]
    [InlineData("\uFEFF<HTML>", "a web page")]
    [InlineData("<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x\"><html/>", "a web page")]
    [InlineData("{\"ok\":false,\"error\":\"invalid_auth\"}", "\"ok\":false (invalid_auth)")]
    [InlineData("{\"ok\": false, \"error\": \"a sentence that could repeat what was sent\"}", "\"ok\":false")]
    [InlineData("{\"Success\":false}", "\"Success\":false")]
    [InlineData("{\"status\":\"error\"}", "\"status\":\"error\"")]
    [InlineData("{\"\\udc00\":1, \"ok\":false, \"error\":\"\\udc00\"}", "\"ok\":false")]
    public void A_login_page_and_an_error_in_a_success_are_no_delivery(string body, string expected)
    {
        var objection = Objection(body);
        Assert.StartsWith("200, but ", objection);
        Assert.Contains(expected, objection);
        Assert.DoesNotContain("sentence", objection);
    }

    [Fact]
    public void Slack_itself_answers_ok_and_nothing_else()
    {
        Assert.Null(Objection("ok", "hooks.slack.com"));
        Assert.Contains("not with the ok", Objection("Please accept the terms of this network", "hooks.slack.com"));
    }

    [Fact]
    public async Task A_web_page_counts_as_refused_and_the_test_alert_says_it()
    {
        using var portal = HttpScript.Always(200, "<html><form>password</form></html>", "text/html");
        using var post = new WebPost(() => portal.Url.ToString());
        var delivery = await post.Send("{}"u8.ToArray(), null, CancellationToken.None);
        Assert.Equal((Fate.Refused, "200, but with a web page, such as that of a login or of a proxy"), (delivery.Fate, delivery.Detail));
    }

    private static string? Objection(string body, string host = "alerts.example.com") =>
        Receipt.Objection(new HttpAnswer(Exchange.Answered, "") { Code = 200, Body = Encoding.UTF8.GetBytes(body) }, host);
}
