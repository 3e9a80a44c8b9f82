using System.Collections.Immutable;
using FlipAgent.Core;

namespace FlipAgent.Config;

/// <summary>The keys of this node's configuration as <see cref="KeyPrint"/>s, to be said in adverts and to be held against those of a peer. One thread.</summary>
internal sealed class ConfigPrints
{
    private readonly KeyRing _keys;
    private readonly IReadOnlyList<(string Key, string Value)> _config;
    private readonly Dictionary<byte, ImmutableArray<KeyPrint>> _byKey = [];
    private readonly ImmutableArray<ImmutableArray<KeyPrint>> _pages;

    public ConfigPrints(AgentConfig config, KeyRing keys)
    {
        (_config, _keys) = (ConfigKeys.Of(config), keys);
        // What is beyond the last page is not said: then only that something differs is known.
        _pages = [.. Of(ActiveId)!.Value.Chunk(Particulars.PrintsOfPage).Take(Particulars.MaxPages).Select(page => page.ToImmutableArray())];
    }

    /// <summary>Id of the cluster key that the pages are made with.</summary>
    public byte ActiveId => _keys.ActiveId;

    public int Pages => _pages.Length;

    public ImmutableArray<KeyPrint> Page(int number) => _pages[number];

    /// <summary>In which keys a peer differs from this node.</summary>
    /// <param name="keyId">The cluster key that its prints were made with.</param>
    /// <returns>The keys of this node, and how many the peer has that this node has not; null: this node does not have that cluster key.</returns>
    public (ImmutableArray<string> Keys, int OnlyThere)? Differing(byte keyId, IEnumerable<KeyPrint> theirs)
    {
        if (Of(keyId) is not { } ours)
            return null;
        var values = new Dictionary<uint, ushort>();
        foreach (var print in theirs)
            values[print.Key] = print.Value;
        var all = values.Count;
        // A peer that fills every page may have more keys than it says.
        var isWhole = all < Particulars.PrintsOfPage * Particulars.MaxPages;
        var known = 0;
        var differing = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < ours.Length; i++)
        {
            var isThere = values.TryGetValue(ours[i].Key, out var value);
            known += isThere ? 1 : 0;
            if (isThere ? value != ours[i].Value : isWhole)
                differing.Add(_config[i].Key);
        }
        return (differing.ToImmutable(), Math.Max(0, all - known));
    }

    private ImmutableArray<KeyPrint>? Of(byte keyId)
    {
        if (_byKey.TryGetValue(keyId, out var made))
            return made;
        if (KeyPrint.Of(_keys, keyId, "", "") is null)
            return null;
        return _byKey[keyId] = [.. _config.Select(one => KeyPrint.Of(_keys, keyId, one.Key, one.Value)!.Value)];
    }
}
