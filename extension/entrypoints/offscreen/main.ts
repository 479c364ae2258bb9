import { openIndexedLedger } from '../../ledger/indexed-store.ts'
import { Ledger } from '../../ledger/ledger.ts'
import { createThumbnails } from '../../ledger/thumbnail.ts'
import { LedgerWitness } from '../../ledger/witnessed-socket.ts'
import { answerMessage } from '../../messaging/answer-message.ts'
import { openVoiceChannel } from '../../messaging/voice-channel.ts'
import { background } from '../../offscreen/background.ts'
import { openBrowserSocket } from '../../offscreen/browser-socket.ts'
import { MicrophoneSound } from '../../offscreen/microphone-sound.ts'
import { Microphone } from '../../offscreen/microphone.ts'
import { FrameEncoder } from '../../offscreen/sight/frame-encoder.ts'
import { StatePublisher } from '../../offscreen/state-publisher.ts'
import { StatusIcon } from '../../offscreen/status-icon.ts'
import { VoiceSession } from '../../offscreen/voice-session.ts'
import { createSpeaker } from '../../speaker/speaker.ts'

const lifetime = new AbortController()
addEventListener(
  'pagehide',
  () => {
    // Chrome closes this document: no page may go on saying that it listens.
    session.stop()
    lifetime.abort()
  },
  { once: true },
)

const post = openVoiceChannel((message) => {
  if (message.type === 'panel-open') session.panelOpened(message.windowId, message.takesOver)
  else if (message.type === 'panel-close') session.panelClosed(message.windowId, message.left)
  else if (message.type === 'played') session.panelPlayed(message)
  else if (message.type === 'left') session.panelLeft(message.windowId, message)
}, lifetime.signal)

const publisher = new StatePublisher((state) => post({ type: 'state', state }))
const icon = new StatusIcon(background.showStatus)
const sound = new MicrophoneSound(() => session.settings)

const ledger = new Ledger(openIndexedLedger)
void ledger.recover()
const witness = new LedgerWitness(ledger, createThumbnails())

const session = new VoiceSession({
  background,
  microphone: new Microphone(),
  encoder: new FrameEncoder(),
  openSocket: witness.over(openBrowserSocket),
  openSpeaker: createSpeaker,
  post,
  onState: (state) => {
    publisher.publish(state)
    icon.show(state)
    sound.show(state)
  },
})

answerMessage('startVoice', ['background'], (start) => session.start(start))
answerMessage('stopVoice', ['background'], () => session.stop())
answerMessage('forgetConversation', ['sidepanel'], async () => {
  session.stop('forgotten')
  const { conversation } = witness
  if (conversation !== undefined) await ledger.forget((entry) => entry.session === conversation.id)
  return conversation
})
answerMessage('setPage', ['background'], (page) => session.setPage(page))
answerMessage('applySettings', ['background'], (settings) => session.applySettings(settings))
answerMessage('talkHere', ['background'], (windowId) => session.talkHere(windowId))
answerMessage('toggleMuted', ['background'], () => session.toggleMuted())
answerMessage('setMuted', ['sidepanel'], (muted) => session.setMuted(muted))
answerMessage('hold', ['sidepanel'], (held) => session.hold(held))
answerMessage('playAgain', ['sidepanel'], (key) => session.playAgain(key))
answerMessage('stopSpeech', ['sidepanel', 'background'], () => session.stopSpeech())
answerMessage('sendText', ['sidepanel'], (text) => session.sendText(text))
answerMessage('share', ['sidepanel'], (request) => session.share(request))
answerMessage('stopSharing', ['sidepanel'], () => session.stopSharing())

post({ type: 'state', state: session.state })
