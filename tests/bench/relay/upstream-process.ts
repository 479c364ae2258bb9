/**
 * A scripted brain: the wire of Gemini Live, with no thought behind it. `/FLEET/…` speaks JSON in binary frames as Google
 * does; `/floor` speaks bare binary frames of the same sound, for the pass-through.
 */
import { App, SSLApp, us_socket_local_port, type us_listen_socket, type WebSocket } from 'uWebSockets.js'
import { HEADER_BYTES, encodeMediaFrame } from '../../../shared/protocol/media-frame.ts'
import { serveCommands } from './command-channel.ts'
import { type ServerFiles, type UpstreamCommands, type UpstreamTotals } from './commands.ts'
import { LatencySamples } from './latency-samples.ts'
import { Metronome } from './metronome.ts'
import { STAMP_BASE64_CHARACTERS, ageOfBase64Stamp, ageOfStamp, writeBase64Stamp, writeStamp } from './stamp.ts'
import {
  MICROPHONE_BYTES,
  SPEECH_BYTES,
  SPEECH_CHUNKS_PER_CYCLE,
  SPEECH_CHUNKS_PER_TURN,
  SPEECH_PERIOD_MS,
} from './workload.ts'

interface Conversation {
  readonly fleet: string
  isSetUp: boolean
  /** Chunks of the cycle that have passed; below SPEECH_CHUNKS_PER_TURN the brain speaks. */
  beat: number
}

type Line = WebSocket<Conversation>

/** A frame above this is a picture: a microphone frame is about 1.5 KB of JSON. */
const LARGEST_AUDIO_BYTES = 4 * MICROPHONE_BYTES

const DATA_FIELD = '"data":"'
const SPEECH_HEAD = '{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"'

const speechJson = Buffer.from(`${SPEECH_HEAD}${Buffer.alloc(SPEECH_BYTES).toString('base64')}"}}]}}}`)
const speechFrame = Buffer.from(
  encodeMediaFrame({ kind: 'speech', seq: 0, timeMs: 0, turn: 1, payload: new Uint8Array(SPEECH_BYTES) }),
)

/** What is said besides sound, at these beats of a cycle. */
const SCRIPT: ReadonlyMap<number, object> = new Map([
  [0, { serverContent: { inputTranscription: { text: 'And what does the page say about it?' } } }],
  [2, { serverContent: { outputTranscription: { text: 'It says that the harbour was built in three years.' } } }],
  [SPEECH_CHUNKS_PER_TURN, { serverContent: { generationComplete: true } }],
  [
    SPEECH_CHUNKS_PER_TURN + 1,
    {
      serverContent: { turnComplete: true },
      usageMetadata: { promptTokenCount: 100, responseTokenCount: 50, totalTokenCount: 150 },
    },
  ],
])

interface Fleet {
  readonly metronome: Metronome<Line>
  readonly lines: Set<Line>
  readonly totals: { -readonly [Key in keyof UpstreamTotals]: number }
}

const fleets = new Map<string, Fleet>()
const upLatency = new LatencySamples()

serveCommands<UpstreamCommands>({
  listen,
  speak: ({ fleet, on }) => {
    const { metronome, lines } = fleetOf(fleet)
    if (on) metronome.start()
    else {
      metronome.stop()
      for (const line of lines) endTurn(line)
    }
  },
  mark: () => {
    upLatency.clear()
  },
  window: () => upLatency.summary(),
  totals: ({ fleet }) => fleetOf(fleet).totals,
})

function listen(files: ServerFiles | null): Promise<number> {
  return new Promise((resolve, reject) => {
    const app = files === null ? App() : SSLApp({ key_file_name: files.key, cert_file_name: files.cert })
    app
      .ws<Conversation>('/*', {
        maxPayloadLength: 1024 * 1024,
        maxBackpressure: 16 * 1024 * 1024,
        idleTimeout: 0,
        upgrade: (response, request, context) => {
          // The SDK writes two slashes where its base URL has no path.
          const fleet =
            request
              .getUrl()
              .split('/')
              .find((part) => part !== '') ?? ''
          response.upgrade(
            { fleet, isSetUp: false, beat: 0 } satisfies Conversation,
            request.getHeader('sec-websocket-key'),
            '',
            request.getHeader('sec-websocket-extensions'),
            context,
          )
        },
        open,
        message: (line, message, isBinary) => {
          receive(line, Buffer.from(message), isBinary)
        },
        close: (line) => {
          const { metronome, lines, totals } = fleetOf(line.getUserData().fleet)
          metronome.leave(line)
          lines.delete(line)
          totals.connections--
        },
      })
      .listen('127.0.0.1', 0, (socket: us_listen_socket | false) => {
        if (socket === false) reject(new Error('the upstream found no free port'))
        else resolve(us_socket_local_port(socket))
      })
  })
}

function open(line: Line): void {
  const conversation = line.getUserData()
  const { metronome, lines, totals } = fleetOf(conversation.fleet)
  lines.add(line)
  // Neighbours are at different places of their cycle, so that half of them speak at any time.
  conversation.beat = (totals.connections * 37) % SPEECH_CHUNKS_PER_CYCLE
  totals.connections++
  metronome.join(line)
  if (conversation.fleet === 'floor') line.send('{"setupComplete":{}}')
}

function receive(line: Line, message: Buffer, isBinary: boolean): void {
  const conversation = line.getUserData()
  const { totals } = fleetOf(conversation.fleet)
  if (conversation.fleet === 'floor') {
    if (!isBinary) return
    if (message.length > LARGEST_AUDIO_BYTES) totals.imagesReceived++
    else {
      totals.audioReceived++
      upLatency.add(ageOfStamp(message, HEADER_BYTES))
    }
    return
  }
  if (!conversation.isSetUp) {
    conversation.isSetUp = true
    line.send(Buffer.from('{"setupComplete":{}}'), true)
    return
  }
  const head = message.toString('latin1', 0, 128)
  if (head.includes('"video"')) totals.imagesReceived++
  else if (head.includes('"audio"')) {
    const data = head.indexOf(DATA_FIELD) + DATA_FIELD.length
    totals.audioReceived++
    upLatency.add(ageOfBase64Stamp(head.slice(data, data + STAMP_BASE64_CHARACTERS)))
  }
}

function play(line: Line): void {
  const conversation = line.getUserData()
  const beat = conversation.beat
  conversation.beat = (beat + 1) % SPEECH_CHUNKS_PER_CYCLE
  const isFloor = conversation.fleet === 'floor'
  const words = SCRIPT.get(beat)
  if (words !== undefined) line.send(Buffer.from(JSON.stringify(words)), !isFloor)
  if (beat >= SPEECH_CHUNKS_PER_TURN) return
  fleetOf(conversation.fleet).totals.speechSent++
  if (isFloor) {
    writeStamp(speechFrame, HEADER_BYTES)
    line.send(speechFrame, true)
  } else {
    writeBase64Stamp(speechJson, SPEECH_HEAD.length)
    line.send(speechJson, true)
  }
}

/** A brain that fell silent in the middle of an answer would be taken for a broken one, and another called. */
function endTurn(line: Line): void {
  const { fleet, isSetUp, beat } = line.getUserData()
  if (fleet === 'floor' || !isSetUp || beat === 0 || beat > SPEECH_CHUNKS_PER_TURN + 1) return
  line.send(Buffer.from('{"serverContent":{"turnComplete":true}}'), true)
}

function fleetOf(name: string): Fleet {
  const known = fleets.get(name)
  if (known !== undefined) return known
  const fleet: Fleet = {
    metronome: new Metronome(SPEECH_PERIOD_MS, play),
    lines: new Set(),
    totals: { connections: 0, audioReceived: 0, imagesReceived: 0, speechSent: 0 },
  }
  fleets.set(name, fleet)
  return fleet
}
