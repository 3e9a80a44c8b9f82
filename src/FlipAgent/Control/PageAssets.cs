using System.Security.Cryptography;
using System.Text;

namespace FlipAgent.Control;

/// <summary>
/// Style and script of the status page, and the policy that lets the browser take these two and nothing else: by their hashes (CSP level 3), so that no text that got into the page is ever one
/// of them.
/// </summary>
internal static class PageAssets
{
    /// <summary>Light and dark as the browser wishes, with contrasts of 4.5 to 1 at least (WCAG 2.2 AA). On a narrow screen a row of a table becomes a block of labelled lines.</summary>
    public const string Style =
        """
        :root{color-scheme:light dark;--text:#1c2430;--soft:#4a5563;--back:#fff;--line:#d4dae1;--bad:#b3261e;--warn:#8a5200;--detect:#8a5200;--assign:#1f5fae;--verify:#1b6e2d}
        @media(prefers-color-scheme:dark){:root{--text:#e3e8ef;--soft:#a9b4c2;--back:#12161c;--line:#36404d;--bad:#ff8a80;--warn:#ffb74d;--detect:#ffb74d;--assign:#7fb2f0;--verify:#81c995}}
        *{box-sizing:border-box}
        body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:72em;padding:1em;color:var(--text);background:var(--back);overflow-wrap:anywhere}
        h1{font-size:1.2em;line-height:1.35;margin:0 0 1em;padding:.8em 1em;border-radius:6px;color:#fff;background:#1b6e2d}
        h1.degraded{background:#8a5200}h1.critical{background:#b3261e}
        h2{font-size:1em;margin:1.8em 0 .4em}
        table{border-collapse:collapse;width:100%}
        th,td{text-align:left;padding:.35em 1em .35em 0;border-bottom:1px solid var(--line);vertical-align:top}
        th{font-weight:600;color:var(--soft)}
        .bad{color:var(--bad);font-weight:600}.warning{color:var(--warn)}
        svg{display:block;width:100%;height:14px;margin:.15em 0 .8em}
        .detect{fill:var(--detect)}.assign{fill:var(--assign)}.verify{fill:var(--verify)}
        .key{color:var(--soft)}
        footer,#live{color:var(--soft);margin:1.8em 0 0}#live:empty{display:none}
        @media(max-width:640px){
        thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        table,tbody,tr,td{display:block}tr{padding:.5em 0;border-bottom:1px solid var(--line)}
        td{border:0;padding:.1em 0;display:flex;gap:1em}td::before{content:attr(data-label);color:var(--soft);flex:0 0 6.5em}
        }
        """;

    /// <summary>
    /// Takes the sections of the page as they come, by server-sent events, and puts in only those that changed. Where none comes (a proxy that buffers, no seat left) it reads the page again each 2 s
    /// and says so.
    /// </summary>
    public const string Script =
        """
        (function(){
        'use strict';
        var last={},heard=Date.now(),streamed=false,note=document.getElementById('live');
        function show(doc){
          heard=Date.now();
          doc.querySelectorAll('section').forEach(function(s){
            var here=document.getElementById(s.id);
            if(here&&last[s.id]!==s.innerHTML){last[s.id]=s.innerHTML;here.innerHTML=s.innerHTML;}
          });
          document.title=doc.title||document.title;
        }
        function parse(text){return new DOMParser().parseFromString(text,'text/html');}
        function ask(){fetch(location.pathname,{cache:'no-store'}).then(function(r){return r.ok?r.text():Promise.reject();}).then(function(t){show(parse(t));}).catch(function(){});}
        if(window.EventSource){
          var source=new EventSource('live');
          source.onmessage=function(e){streamed=true;show(parse(e.data));};
          source.onerror=function(){streamed=false;};
        }
        setInterval(function(){
          var silent=Date.now()-heard;
          if(!streamed||silent>6000){streamed=false;ask();}
          note.textContent=silent>6000?'No answer for '+Math.round(silent/1000)+' s: the agent does not answer, or the way to it is broken. What stands here is old.':
            streamed?'':'Live updates do not arrive, perhaps for a proxy that holds them back: the page asks every 2 s.';
        },2000);
        })();
        """;

    /// <summary>The policy of the page. Everything that is not named is forbidden, frames and forms too.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src '{Hash(Style)}'; script-src '{Hash(Script)}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
