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
        :root{color-scheme:light dark;--text:#1c2430;--soft:#4a5563;--back:#fff;--line:#d4dae1;--link:#1f5fae;--bad:#b3261e;--warn:#8a5200;--detect:#8a5200;--assign:#1f5fae;--verify:#1b6e2d}
        @media(prefers-color-scheme:dark){:root{--text:#e3e8ef;--soft:#a9b4c2;--back:#12161c;--line:#36404d;--link:#7fb2f0;--bad:#ff8a80;--warn:#ffb74d;--detect:#ffb74d;--assign:#7fb2f0;--verify:#81c995}}
        *{box-sizing:border-box}
        body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:72em;padding:1em;color:var(--text);background:var(--back);overflow-wrap:anywhere}
        h1{font-size:1.2em;line-height:1.35;margin:0 0 1em;padding:.8em 1em;border-radius:6px;color:#fff;background:#1b6e2d}
        h1.degraded{background:#8a5200}h1.critical{background:#b3261e}
        h2{font-size:1em;margin:1.8em 0 .4em}
        table{border-collapse:collapse;width:100%}
        th,td{text-align:left;padding:.35em 1em .35em 0;border-bottom:1px solid var(--line);vertical-align:top;font-weight:inherit;overflow-wrap:normal}
        .long{overflow-wrap:anywhere}
        thead th{font-weight:600;color:var(--soft)}
        .bad{color:var(--bad);font-weight:600}.warning{color:var(--warn)}
        .moves{list-style:none;padding:0}
        svg{display:block;width:100%;height:14px;margin:.15em 0 .8em}
        .sample{display:inline-block;width:.8em;height:.8em;margin:0}
        .detect{fill:var(--detect)}.assign{fill:var(--assign)}.verify{fill:var(--verify)}
        .key,footer,nav,#live{color:var(--soft)}
        footer,nav{margin:1.8em 0 0}
        a{color:var(--link);display:inline-block;min-height:24px}nav a{margin-right:.8em}
        button{font:inherit;color:inherit;background:none;border:1px solid var(--soft);border-radius:4px;padding:.3em .8em}
        :focus-visible{outline:3px solid var(--link);outline-offset:2px}
        .unseen{position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%)}
        @media(max-width:720px){
        thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        table,tbody,tr,tbody th,td{display:block}tr{padding:.5em 0;border-bottom:1px solid var(--line)}
        tbody th,td{border:0;padding:.1em 0;display:flex;gap:1em;overflow-wrap:anywhere}
        [data-label]::before{content:attr(data-label);content:attr(data-label) / "";color:var(--soft);font-weight:400;flex:0 0 6.5em}
        }
        """;

    /// <summary>
    /// Takes the page as it comes, by server-sent events, and changes what differs, so that focus and selection stay. Where none comes (a proxy that buffers, no seat left) it reads the page again
    /// every 2 s and says so. A screen reader is told when the verdict changes, not when a second passes.
    /// </summary>
    public const string Script =
        """
        (function(){
        'use strict';
        var heard=Date.now(),begun=heard,streamed=false,paused=false,ticks=0,source=null,verdict='';
        function byId(id){return document.getElementById(id);}
        function say(id,text){var p=byId(id);if(p.textContent!==text)p.textContent=text;}
        function change(here,there){
          if(here.nodeName!==there.nodeName){here.replaceWith(there);return;}
          if(here.nodeType!==1){if(here.data!==there.data)here.data=there.data;return;}
          Array.from(here.attributes).forEach(function(a){if(!there.hasAttribute(a.name))here.removeAttribute(a.name);});
          Array.from(there.attributes).forEach(function(a){if(here.getAttribute(a.name)!==a.value)here.setAttribute(a.name,a.value);});
          var wanted=Array.from(there.childNodes);
          wanted.forEach(function(want,i){
            var at=here.childNodes[i]||null,same=want.id?byId(want.id):null;
            if(same&&same.parentNode===here){if(same!==at)here.insertBefore(same,at);change(same,want);}
            else if(!at||want.id||at.id)here.insertBefore(want,at);
            else change(at,want);
          });
          while(here.childNodes.length>wanted.length)here.lastChild.remove();
        }
        function tell(){
          var text=document.querySelector('h1').textContent,now=text.replace(/[\d.]+ (s|min|h|d)\b/g,'');
          if(verdict&&verdict!==now)say('said',text);
          verdict=now;
        }
        function show(text){
          var doc=new DOMParser().parseFromString(text,'text/html');
          if(paused||!doc.querySelector('main'))return;
          heard=Date.now();
          ['main','footer'].forEach(function(part){change(document.querySelector(part),doc.querySelector(part));});
          if(document.title!==doc.title)document.title=doc.title;
          tell();
        }
        function ask(){fetch(location.pathname,{cache:'no-store'}).then(function(r){return r.ok?r.text():Promise.reject();}).then(show).catch(function(){});}
        function listen(){
          if(!window.EventSource)return;
          source=new EventSource('live');
          source.onmessage=function(e){streamed=true;show(e.data);};
          source.onerror=function(){streamed=false;};
        }
        function look(){
          if(paused)return;
          var silent=Date.now()-heard;
          if(silent>6000)streamed=false;
          if(!streamed&&Date.now()-begun>2500)ask();
          if(source&&source.readyState===2&&++ticks%15===0)listen();
          say('live',silent>6000?'No answer since '+new Date(heard).toISOString().slice(11,19)+' UTC: the agent does not answer, or the way to it is broken. What stands here is old.':
            streamed||Date.now()-begun<4000?'':'Live updates do not arrive: a proxy may be holding them back, or too many readers follow already. This page asks every 2 s instead.');
        }
        byId('pause').onclick=function(){
          paused=!paused;
          this.textContent=paused?'Resume updates':'Pause updates';
          if(source)source.close();
          streamed=false;
          if(paused){say('live','Updates are paused.');return;}
          say('live','');
          begun=heard=Date.now();
          ask();
          listen();
        };
        byId('tools').hidden=false;
        tell();
        listen();
        setInterval(look,2000);
        })();
        """;

    /// <summary>The policy of the page. Everything that is not named is forbidden, frames and forms too.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src '{Hash(Style)}'; script-src '{Hash(Script)}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
