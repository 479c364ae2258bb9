import { type Answer, type SightRequest } from '../../messaging/messages.ts'
import { type Background } from '../background.ts'
import { type Look, type SightSource } from './sight-source.ts'

type Refusal = Exclude<Look, { name: 'picture' }>

/** One tab, or a part of what is visible of it, as long as it is in front and shows the same site. */
export class TabSource implements SightSource {
  readonly #background: Pick<Background, 'captureTab' | 'checkTab'>
  readonly #area: SightRequest['area']
  #tabId: number | undefined
  #origin: string | undefined

  /** @param request without a tab's id: the one in front at the first look */
  constructor(background: Pick<Background, 'captureTab' | 'checkTab'>, request: SightRequest) {
    this.#background = background
    this.#area = request.area
    this.#tabId = request.tabId
  }

  async look(): Promise<Look> {
    const answer = await this.#background.captureTab(this.#tabId === undefined ? {} : { tabId: this.#tabId })
    if (!answer.ok) return refusalOf(answer)
    const { tabId, url, dataUrl, secrets, viewport } = answer.value
    this.#tabId ??= tabId
    const refusal = this.#checkSite(url)
    if (refusal !== undefined) return refusal
    const area = this.#area === undefined ? {} : { area: this.#area }
    return { name: 'picture', picture: { image: dataUrl, secrets, viewport, ...area } }
  }

  async check(): Promise<Refusal | undefined> {
    if (this.#tabId === undefined) return undefined
    const answer = await this.#background.checkTab({ tabId: this.#tabId })
    return answer.ok ? this.#checkSite(answer.value.url) : refusalOf(answer)
  }

  /** Another site in the same tab is not what was shared. */
  #checkSite(url: string): Refusal | undefined {
    const { origin } = new URL(url)
    this.#origin ??= origin
    return this.#origin === origin ? undefined : { name: 'over', problem: 'site-changed' }
  }
}

function refusalOf({ code }: Extract<Answer<unknown>, { ok: false }>): Refusal {
  switch (code) {
    case 'tab-not-in-front':
      return { name: 'nothing', why: 'tab-not-in-front' }
    // It moved while it was captured: nothing of it is shown now.
    case 'page-changed':
      return { name: 'nothing' }
    case 'tab-closed':
      return { name: 'over' }
    case 'permission-needed':
    case 'page-not-capturable':
    case 'site-excluded':
      return { name: 'over', problem: code }
    default:
      return { name: 'failed' }
  }
}
