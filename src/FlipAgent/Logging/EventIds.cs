using System.Collections.Frozen;
using System.Text;
using FlipAgent.Core;

namespace FlipAgent.Logging;

/// <summary>
/// One fixed number per kind of event: journald files an entry under it (MESSAGE_ID), and <c>journalctl -x</c> looks the explanation up in
/// deploy/systemd/flipagent.catalog. A number never changes once it was released. 9d418dc5a707434ca6d82918a4d73a7a and 017767ccdc364cb2a075d4e3bb8eda6e
/// belonged to kinds that were never raised, and stay unused.
/// </summary>
public static class EventIds
{
    private static readonly FrozenDictionary<EventKind, string> s_ids = new Dictionary<EventKind, string>
    {
        [EventKind.Started] = "1b13c36a98c048cebec50193cc447a42",
        [EventKind.BecameMaster] = "ad0b6a2ec37e497c918411071818b940",
        [EventKind.BecameBackup] = "5bb34f94aaf244aea7fb046951893d63",
        [EventKind.BecameFault] = "21e6f55dbc40493c8e06aaa05e0faae8",
        [EventKind.Resumed] = "05d4a2df86a94a81990d09cf6359b742",
        [EventKind.Released] = "a5bbfafe21884e06a15889d75f3d2ce1",
        [EventKind.HoldAsked] = "a8c06b4ec49a44fb97457e404aac2278",
        [EventKind.ServiceAliveMasterSilent] = "fe3e04f7b75c412887c1cab714783f1a",
        [EventKind.Superseded] = "bf14f7678615446eb53578926d6740c5",
        [EventKind.SupersededEnded] = "fb7537c7e4da410093a3d75c203823be",
        [EventKind.Preempting] = "e04d9f5070174e748e6875e606a888f6",
        [EventKind.Stalled] = "687ca073d5934e329d176a70b04954a5",
        [EventKind.TwoMasters] = "f9bd9ff2d9b74e7b8e4ef520d6e04f4b",
        [EventKind.Maintenance] = "102220ebee184c8db1e1de482c85c5f9",
        [EventKind.HoldDown] = "2005929f8cc34634b5aa95dc1df12451",
        [EventKind.Stopping] = "f33a095941b94169b79ff7739156a262",
        [EventKind.HoldExpired] = "4ebd52892b26415492b0be4b3b0b7435",
        [EventKind.TermTaken] = "fe62521f8b1d43d8a45205febe1572dc",
        [EventKind.NewSession] = "59c7e3ef92094c26be73932e09e9c015",
        [EventKind.PeerHeard] = "937c3d5dc7614d208c18ffaf504a63e8",
        [EventKind.PeerSilent] = "f2df5450c0a94a97bcc5985b4c433d24",
        [EventKind.PeerRejected] = "a49a7dcf9a434799ab14e65b9454e760",
        [EventKind.OneWayLink] = "2f860767e9d14991a8cd6dd1296adc47",
        [EventKind.ConfigDrift] = "e01b34f9d8ed47c58021493309a7c226",
        [EventKind.DuplicateNode] = "5033642a294148b2a43c051e9e2ef794",
        [EventKind.NotRedundant] = "df8f8355135043bdab07c4c0777981a4",
        [EventKind.ClockSkew] = "0faf6724abf54df38872e1e74e0a8f42",
        [EventKind.CheckDown] = "fb426d86461446e8b8e85336137dd3df",
        [EventKind.CheckUp] = "64293342187c47fba53aa11ca8309356",
        [EventKind.CheckDegraded] = "3eed544df6b14a7dafe23ab5d7d7306d",
        [EventKind.UnitStarted] = "0831e442dff04913bf71900f4cc02519",
        [EventKind.UnitStopped] = "ad46d56af90945b0b366bf10a6873ee5",
        [EventKind.UnitFailed] = "f2cbeb5fd67149c4856547622139588c",
        [EventKind.AssignSent] = "1932fde0c50f4ac2ba5bcada2f391ab5",
        [EventKind.AssignAccepted] = "e0dac20bb431443e99c1978d443e176f",
        [EventKind.AssignRefused] = "623bfb68875b4acb912554bfcb33fe33",
        [EventKind.AssignUnclear] = "8d72fa60419b4bb18d3cc1ad047d2367",
        [EventKind.ClaimHeld] = "42e6fb169d1242e6ae55a2bc95902c51",
        [EventKind.ClaimSlow] = "54d0753f11144ff68a5750987f79f5ce",
        [EventKind.ClaimLost] = "f3221dd350ee4a25a6c7c0a77ad79266",
        [EventKind.HolderChanged] = "07677f9870544ef191295b84291acf47",
        [EventKind.Followed] = "cb4a623f00ef4dc595c013f8326dddbd",
        [EventKind.ForeignHolder] = "9242cccaccfc49babfcd06705aa66c29",
        [EventKind.ForeignHolderEnded] = "3258921ba70246e8a8ab6ff1a54c618d",
        [EventKind.FlapHold] = "f2ddba5dd8cb4c349931abb59f981e65",
        [EventKind.FlapHoldEnded] = "86e0f77072a5474e82489e8086e9bb29",
        [EventKind.ApiFailing] = "b4fc32a6953043b19bf85ffacb539e5b",
        [EventKind.ApiRecovered] = "d0ba1f3ec77b45b5b1a0f5fe8db2f3da",
        [EventKind.TokenRefused] = "4ac9d5eea744470eada20404768a3298",
        [EventKind.AddressNotFound] = "cd3c430a473e449181641d6e7782204f",
        [EventKind.MetadataDisagrees] = "b340fc5aadb24cbd95ec87270ea855be",
        [EventKind.GuardPathBroken] = "f5fd42bfc1a64b87b11d461dc2089534",
        [EventKind.GuardPathMended] = "7e3b781867bf4111a6bad51c742ca50c",
        [EventKind.ActionErrored] = "2905784291a642c79b0635bcbe67e5d7",
        [EventKind.GuardIsLocal] = "6294de5c881a4814a9920361de3a3a6f",
        [EventKind.ServiceDead] = "fbbf4bf067e84df2b6773a4131928b4a",
        [EventKind.ServiceAnswers] = "2f3acd7a9ec04591b53dee714515f336",
        [EventKind.ServiceNeverSeen] = "14037728bc0d4859ad734f97de535d69",
        [EventKind.TakenBack] = "d17719be00604e1f9028ad6cbcd18c1b",
        [EventKind.ServiceUnwatched] = "f364d3da3fa94399b240dc0363095574",
        [EventKind.DropletUnknown] = "494aa7424ff343dfb751d97c84cd8737",
        [EventKind.DropletSwapped] = "9b80a44d233d40e0ae82cf72cb5cac31",
        [EventKind.DropletShared] = "0ed009b89ce64413812080617dc9c6c7",
        [EventKind.DropletRight] = "5695592ccb78453b9e40dcc5580a050c",
        [EventKind.DropletNotFound] = "dee45ff5f1dc459a94f7d067bd246ca3",
        [EventKind.WriteProven] = "5d934923d3834084b5338b4817378c64",
        [EventKind.WriteRefused] = "8b5d356f4b9248d7b35e705dbeba399a",
        [EventKind.WriteAccepted] = "b49a4dd706b343a98fb29e808c713f7d",
        [EventKind.WriteUnproven] = "3a003eb7d7f44872b76ff1a2c9fa06fc",
        [EventKind.ApiLimited] = "dec943eadae247d1a527381d70f70ba9",
        [EventKind.ApiQuotaLow] = "45cb6799a10940be910fbd68b3da47f6",
        [EventKind.NoStandby] = "ced04879dcf34d559ee2976fba6e646d",
        [EventKind.Reloaded] = "58ad6f705b6646fbb882e1ca44975803",
        [EventKind.ReloadFailed] = "946106156c604504ab38722fb82bd9e8",
        [EventKind.SecretMissing] = "d7b47959ff2747819e629001f916215f",
        [EventKind.SecretRestored] = "170b9e60c13445e7a7405cb2237afbd0",
        [EventKind.StateNotSaved] = "cd77fcc7d69e4eac9b1aab88fa306df7",
        [EventKind.NetworkFault] = "9e1f44e108fd4613ac173c4698f94f29",
        [EventKind.NetworkRestored] = "ec430c886a934a1d919d47108db13708",
        [EventKind.TestAlert] = "8a8f1e1bb9904e199c87bb31ba94f523",
        [EventKind.AlertsSuppressed] = "6ea15b56ac9e4bff98c60e28a959ae0e",
        [EventKind.PartFailed] = "a1b43ed6f22c45b0aa5a2f3b25c10f44",
        [EventKind.LeaseLost] = "9091aac3cd9d491f9bd6b94a6ccf3d71",
        [EventKind.StoreFailing] = "c3676ccc30ce422f8864298c6d843d39",
        [EventKind.StoreAnswers] = "d4c698be54db41e8b7e2e79355d3fdb8",
        [EventKind.LeaseElsewhere] = "503a56fc475646debd1919febfa964c7",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<EventKind, string> s_names = Enum.GetValues<EventKind>().ToFrozenDictionary(kind => kind, Kebab);

    /// <summary>Entries that are no <see cref="Event"/> but deserve an explanation of their own: log entries were lost.</summary>
    public const string LogDropped = "2abca8b6b3e944a59a7ec8953e4bbf98";

    /// <summary>The MESSAGE_ID: 32 hex digits.</summary>
    public static string Of(EventKind kind) => s_ids[kind];

    /// <summary>The kind's name in kebab-case, as in <c>events --json</c> and FLIPAGENT_EVENT: <c>became-master</c>.</summary>
    public static string Name(EventKind kind) => s_names[kind];

    private static string Kebab(EventKind kind)
    {
        var name = new StringBuilder();
        foreach (var c in kind.ToString())
        {
            if (char.IsAsciiLetterUpper(c) && name.Length > 0)
            {
                name.Append('-');
            }

            name.Append(char.ToLowerInvariant(c));
        }

        return name.ToString();
    }
}
