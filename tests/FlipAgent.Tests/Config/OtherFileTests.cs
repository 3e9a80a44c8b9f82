namespace FlipAgent.Tests.Config;

/// <summary>A file of another program is told as what it is, not as the first slip of YAML in it.</summary>
public sealed class OtherFileTests
{
    private const string Keepalived = "this is a file of keepalived's; flipagentctl import-keepalived makes a configuration of it";
    private const string HaProxy = "this is a configuration of HAProxy; expected the one of flipagent (flipagentctl init writes a first one)";

    [Theory]
    [InlineData("! Configuration File for keepalived\n\nglobal_defs {\n  router_id LVS\n}\n", Keepalived)]
    [InlineData("# one\r\n\r\nvrrp_script chk {\r\n script \"killall -0 haproxy\"\r\n}\r\n", Keepalived)]
    [InlineData("vrrp_instance VI_1 {\n state MASTER\n}\n", Keepalived)]
    [InlineData("virtual_server 10.0.0.9 80 {\n\tdelay_loop 6\n}\n", Keepalived)]
    [InlineData("$VIP=10.0.0.9\nvrrp_instance V {\n}\n", Keepalived)]
    [InlineData("@lb-1 global_defs {\n}\n", Keepalived)]
    [InlineData("include /etc/keepalived/conf.d/*.conf\n", Keepalived)]
    [InlineData("static_routes {\n}\n", Keepalived)]
    [InlineData("userlist admins\n  user a password b\n", HaProxy)]
    [InlineData("backend web\n    server a 10.0.0.1:80\n", HaProxy)]
    [InlineData("global\n    log /dev/log local0\n\ndefaults\n    mode http\n", HaProxy)]
    [InlineData("# managed\nfrontend web\n    bind :80\n", HaProxy)]
    [InlineData("  listen stats\n    bind :8404\n", HaProxy)]
    [InlineData("<!DOCTYPE html>\n<html>\n", "this is a page of a web site, not a configuration")]
    [InlineData("#cloud-config\nwrite_files:\n  - path: /etc/flipagent/flipagent.yaml\n", "this is a cloud-init document; expected the file that it writes")]
    [InlineData("#!/bin/sh\ncat >/etc/flipagent/flipagent.yaml <<X\n", "this is a script; expected the file that it writes")]
    public void It_is_named(string text, string said) => Assert.Equal([$"f.yaml:1:1: {said}"], Sample.Errors(text));

    [Theory]
    [InlineData("# global\n")]
    [InlineData("\n#\n\n")]
    [InlineData("#!!! managed by puppet\n#cloud-config writes this\n")]
    [InlineData("# <html>\n# vrrp_instance VI_1 {\n")]
    public void What_a_comment_says_is_no_sign_of_one(string before)
    {
        Assert.Empty(Sample.Errors(before + Sample.Minimal));
        Assert.Equal(["f.yaml:1:1: the file is empty; expected cluster, nodes and so on (flipagentctl init writes a first one)"], Sample.Errors(before));
    }
}
