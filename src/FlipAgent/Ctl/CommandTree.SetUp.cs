using System.CommandLine;
using FlipAgent.Naming;

namespace FlipAgent.Ctl;

// The first configuration.
internal sealed partial class CommandTree
{
    private void AddSetUp()
    {
        var file = Options.ConfigFile();
        file.Description = "the file to write; - is the standard output";
        file.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
                result.AddError($"the name of the file is empty; expected that of a new file, such as {CtlProgram.DefaultConfig}");
        });
        var lease = new Option<string>("--lease") { Description = "with a section for a lease in this store: etcd (docs/lease.md)", HelpName = "STORE" };
        lease.AcceptOnlyFromAmong("etcd");
        var token = Options.TokenFile();
        var tag = new Option<string>("--tag") { Description = "look for the other node among the droplets with this tag (Hetzner Cloud: servers by this label selector)", HelpName = "TAG" };
        var provider = new Option<string>("--provider") { Description = "whose machine this is (default: its firmware tells)", HelpName = "CLOUD" };
        provider.AcceptOnlyFromAmong([.. CloudVendor.All.Where(vendor => vendor.Api is not null).Select(vendor => vendor.Name)]);
        var api = Options.Url("--api-url", "where the cloud's API is, if not where it usually is");
        var metadata = Options.Url("--metadata-url", "where the metadata service is, if not where it usually is");
        Add("init", "write a first configuration file with comments; never over an existing one. What is not known it asks at a terminal",
            (arguments, _, _) => new InitVerb(_terminal).Run(new InitOrder(arguments.GetValue(file)!, arguments.GetValue(lease) is not null)
            {
                TokenFile = arguments.GetValue(token),
                Tag = arguments.GetValue(tag),
                Vendor = CloudVendor.Of(arguments.GetValue(provider)),
                Api = Options.UrlOf(arguments.GetValue(api)),
                Metadata = Options.UrlOf(arguments.GetValue(metadata)),
            }), file, lease, token, tag, provider, api, metadata);
    }
}
