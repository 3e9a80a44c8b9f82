using FlipAgent.Config.Values;
using FlipAgent.Config.Yaml;

namespace FlipAgent.Config.Sections;

/// <summary>The item <c>heartbeat</c> of the list <c>alerts</c>.</summary>
internal static class HeartbeatSection
{
    public static readonly TimeSpan DefaultEvery = TimeSpan.FromMinutes(1);

    /// <param name="item">The item that has the key.</param>
    public static HeartbeatConfig Read(Section item)
    {
        var heartbeat = item.Child("heartbeat");
        var (url, urlFile) = AlertsSection.UrlOrFile(heartbeat);
        if (url is not null && Urls.IsOpenToOthers(url))
            heartbeat.Diagnostics.Warn($"alerts.heartbeat.url is http:// to {url.Host}: whoever reads it on the way can pretend that all is well");
        var every = heartbeat.Optional("every", Duration.Between(TimeSpan.FromSeconds(10), TimeSpan.FromHours(24)), DefaultEvery);
        heartbeat.Done();
        return new HeartbeatConfig(url, urlFile, every);
    }
}
