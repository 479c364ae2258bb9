import { BAR, PUBLIC, SECRET } from './sight-stage.ts'

const BASE = `<style>
  html { background: white; font: 16px sans-serif }
  body { margin: 20px }
  .s, input.s, select.s { background: ${SECRET}; color: ${SECRET}; border: 0; width: 200px; height: 40px; appearance: none; outline: none }
  .p { background: ${PUBLIC}; border: 0; width: 200px; height: 40px; display: block; margin: 10px 0; outline: none }
  iframe { border: 0; width: 400px; height: 200px }
</style>`
const PLAIN = '<input class="p" name="q" aria-label="Search"><div class="p"></div>'
const PASSWORD = '<input class="s" type="password" value="hunter2">'

const page = (body: string, head = '') => `${BASE}${head}${PLAIN}${body}`
const field = (attributes: string) => page(`<input class="s" value="4111" ${attributes}>`)
const escaped = (html: string) => html.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
const srcdoc = (body: string, attributes = '') => `<iframe ${attributes} srcdoc="${escaped(BASE + body)}"></iframe>`

/** Gives an element a shadow tree and puts this into it. */
const shadow = (mode: 'open' | 'closed', html: string) =>
  `<div id="host"></div><script>
     document.getElementById('host').attachShadow({ mode: '${mode}' }).innerHTML = ${JSON.stringify(BASE + html)}
   </script>`

const PAGES: Readonly<Record<string, string>> = {
  '/password': page(PASSWORD),
  '/new-password': field('type="text" autocomplete="section-a new-password"'),
  '/one-time-code': field('autocomplete="one-time-code"'),
  '/code-boxes': page('<input class="s" maxlength="1"><input class="s" maxlength="1">'),
  '/card': field('autocomplete="shipping cc-number"'),
  '/card-select': page('<select class="s" autocomplete="cc-exp-month"><option>12</option></select>'),
  '/card-name': field('name="cardNumber"'),
  '/cvv-id': field('id="payment_cvv2"'),
  '/label-de': page('<label>Kartennummer <input class="s" value="4111"></label>'),
  '/label-for': page('<label for="x">Código de seguridad</label><input class="s" id="x" value="123">'),
  '/labelledby-ja': page('<span id="l">パスワード</span><input class="s" aria-labelledby="l" value="x">'),
  '/placeholder-fr': field('placeholder="Mot de passe"'),
  '/dots': page('<input class="s" style="-webkit-text-security: disc" value="x">'),
  '/editable': page('<div class="s" contenteditable aria-label="PIN">1234<p class="s">5678</p></div>'),
  '/open-shadow': page(shadow('open', PASSWORD)),
  '/closed-shadow': page(shadow('closed', PASSWORD)),
  '/nested-shadow': page(`<div id="outer"></div><script>
     const root = document.getElementById('outer').attachShadow({ mode: 'closed' })
     root.innerHTML = '<div></div>'
     root.firstChild.attachShadow({ mode: 'closed' }).innerHTML = ${JSON.stringify(BASE + PASSWORD)}
   </script>`),
  '/slotted': page(`<div id="host">${PASSWORD}</div><script>
     document.getElementById('host').attachShadow({ mode: 'open' }).innerHTML = '<p style="padding: 30px"><slot></slot></p>'
   </script>`),
  '/frame': page(srcdoc(`<p>some text</p>${PASSWORD}`)),
  '/frame-padded': page(srcdoc(PASSWORD, 'style="padding: 40px 60px; border: 20px solid gray; margin: 15px"')),
  '/frame-in-frame': page(srcdoc(`<p>one</p>${srcdoc(`<p>two</p>${PASSWORD}`, 'style="padding: 5px 11px"')}`)),
  '/frame-scrolled': page(
    srcdoc(`<div style="height: 300px"></div>${PASSWORD}<div style="height: 900px"></div>
      <script>setTimeout(() => scrollTo(0, 250), 200)</script>`),
  ),
  '/frame-shadow': page(srcdoc(shadow('closed', PASSWORD))),
  '/frame-scaled': page(srcdoc(PASSWORD, 'style="transform: scale(.6) translate(-200px, 50px)"')),
  '/frame-turned': page(srcdoc(PASSWORD, 'style="transform: rotate(180deg)"')),
  '/frame-in-turned': page(`<div style="rotate: 180deg; width: 400px">${srcdoc(PASSWORD)}</div>`),
  '/frame-sandboxed': page(srcdoc(`<div class="s"></div>${PASSWORD}`, 'sandbox')),
  '/frame-of-other-site': page('<iframe src="http://localhost:PORT/everything"></iframe>'),
  '/object': page('<object data="/everything" type="text/html" width="400" height="200"></object>'),
  '/rotated': page(`<div style="rotate: 30deg; margin: 100px">${PASSWORD}</div>`),
  '/scaled': page(`<div style="transform: scale(1.7) translate(80px, 30px)">${PASSWORD}</div>`),
  '/perspective': page(
    `<div style="perspective: 400px"><div style="transform: rotateY(40deg)">${PASSWORD}</div></div>`,
  ),
  '/zoomed-by-css': page(PASSWORD, '<style>body { zoom: 1.4 }</style>'),
  '/frame-zoomed-by-css': page(`<div style="zoom: 1.6">${srcdoc(`<p>x</p>${PASSWORD}`)}</div>`),
  '/scrolled-box':
    page(`<div id="box" style="height: 120px; overflow: auto"><div style="height: 400px"></div>${PASSWORD}<div style="height: 400px"></div></div>
     <script>document.getElementById('box').scrollTop = 380</script>`),
  '/scrolled-page':
    page(`<div class="p" style="position: fixed; top: 0"></div><div style="height: 1200px"></div>${PASSWORD}<div style="height: 1200px"></div>
     <script>scrollTo(0, 1100)</script>`),
  '/partly-outside': page(
    `<div style="position: absolute; left: -120px; top: 200px">${PASSWORD}</div><div style="position: absolute; right: -120px; top: 260px">${PASSWORD}</div>`,
  ),
  '/right-to-left': page(PASSWORD, '<style>html { direction: rtl } body { width: 3000px }</style>'),
  '/dialog': page(
    `<dialog>${PASSWORD}<div class="p"></div></dialog><script>document.querySelector('dialog').showModal()</script>`,
  ),
  '/vertical': page(`<div style="writing-mode: vertical-rl; height: 300px">some text ${PASSWORD}</div>`),
  '/many': page(PASSWORD.repeat(12)),
}

/**
 * Pages with secrets in all the places they are found in, by path. What must never be seen is painted in {@link SECRET};
 * what must stay visible, in {@link PUBLIC}. A blue bar at the bottom tells by its length which page a picture is of.
 */
export const SECRET_PAGES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(PAGES).map(([path, html], index) => [path, `${BASE}${barOf(barLength(index))}${html}`]),
)

/** What inaccessible frames show: nothing of it may be seen. */
export const FRAMED_PAGES = { '/everything': `${BASE}<style>html { background: ${SECRET} }</style>${PASSWORD}` }

/** How much of the page's width the bar of a page takes, by its place in {@link SECRET_PAGES}; 0–1. */
function barLength(index: number): number {
  return (index + 1) / (Object.keys(PAGES).length + 1)
}

function barOf(length: number): string {
  return `<style>html::after {
    content: ''; position: fixed; left: 0; bottom: 0; z-index: 9; width: ${length * 100}vw; height: 20px; background: ${BAR}
  }</style>`
}
