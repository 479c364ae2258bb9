import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { floatToPcm16 } from '../../shared/audio/pcm16.ts'
import { Resampler } from '../../shared/audio/resampler.ts'
import { encodeWav } from '../../shared/audio/wav.ts'
import { decodeServerMessage } from '../../shared/protocol/codec.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { loadSamples, RECORDINGS, recordingPath } from '../support/fixtures.ts'
import { allGone, familyOf } from '../support/process-family.ts'
import { recogniseSpeech, wordErrorRate } from '../support/recognise.ts'
import { startSharedRelay } from '../support/relay-process.ts'
import { runScript, startScript } from '../support/script-process.ts'

const TALK = 'scripts/talk.ts'

/** Conversations last as long as they are spoken, and models load slowly on a busy machine. */
vi.setConfig({ testTimeout: 180_000 })

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aside-talk-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** A recording as another device would make it: 44.1 kHz, stereo, the left channel alone. */
async function asStereoRecording(name: string, folder: string): Promise<string> {
  const { samples, rateHz } = await loadSamples(recordingPath(name))
  const left = floatToPcm16(new Resampler(rateHz, 44_100).process(samples))
  const both = new Int16Array(left.length * 2)
  for (const [index, sample] of left.entries()) both[index * 2] = sample
  const file = encodeWav(both, 44_100)
  const header = new DataView(file.buffer)
  header.setUint16(22, 2, true)
  header.setUint32(28, 44_100 * 4, true)
  header.setUint16(32, 4, true)
  const path = join(folder, 'stereo.wav')
  await writeFile(path, file)
  return path
}

function framesOf(stdout: string): readonly ServerMessage[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { ms, ...frame } = JSON.parse(line) as { ms: unknown }
      expect(ms).toBeTypeOf('number')
      const decoded = decodeServerMessage(JSON.stringify(frame))
      if (!decoded.ok) throw new Error(decoded.fault)
      return decoded.message
    })
}

function finals(frames: readonly ServerMessage[], role: 'user' | 'assistant'): readonly string[] {
  return frames.flatMap((frame) => (frame.type === 'transcript.final' && frame.role === role ? [frame.text] : []))
}

describe('npm run talk', () => {
  it('holds a conversation by itself: the words are right and the answer can be heard', async () => {
    const out = join(await temporaryFolder(), 'answer.wav')
    const { code, stdout, stderr } = await runScript([TALK, recordingPath('repeat-after-me'), '--out', out, '--json'])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const frames = framesOf(stdout)
    expect(frames[0]).toMatchObject({ type: 'session.ready', brain: 'local', resumed: false })
    const [said = ''] = finals(frames, 'user')
    expect(wordErrorRate(RECORDINGS['repeat-after-me']!.text, said), said).toBeLessThanOrEqual(0.1)
    const [answered = ''] = finals(frames, 'assistant')
    const heard = await recogniseSpeech(await loadSamples(out))
    expect(heard).toMatch(/green boat/i)
    expect(wordErrorRate(answered, heard), heard).toBeLessThan(0.3)
    const complete = frames.find((frame) => frame.type === 'turn.complete')
    expect(complete?.timings.firstAudioSent).toBeTypeOf('number')
  })

  it('takes turns in order, spoken and typed, from any kind of recording, at a relay that runs', async () => {
    const url = await startSharedRelay()
    const stereo = await asStereoRecording('human-go-forward', await temporaryFolder())
    const { code, stdout, stderr } = await runScript([TALK, stereo, '--text', 'What time is it?', '--url', url])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stdout).toMatch(/You .*go forward ten meters[\s\S]*Aside[\s\S]*You .*what time is it[\s\S]*Aside/i)
    expect(stdout).toMatch(/after the end of speech: words recognised \d+ ms, .*left the relay \d+ ms, was here \d+ ms/)
    expect(stdout).toMatch(/after it was sent: .*left the relay \d+ ms, was here \d+ ms/)
  })

  it('fails when there is nothing to hear in a recording', async () => {
    const url = await startSharedRelay()
    const silent = join(await temporaryFolder(), 'silence.wav')
    await writeFile(silent, encodeWav(new Int16Array(16_000), 16_000))
    const { code, stderr } = await runScript([TALK, silent, '--url', url])
    expect(code).toBe(1)
    expect(stderr).toContain('Is there speech in the recording?')
  })

  it.skipIf(process.platform !== 'linux')('leaves no relay behind when it is killed', async () => {
    const talk = startScript([TALK, recordingPath('long-question'), '--json'])
    await talk.waitFor(/session\.ready/)
    const family = await familyOf(talk.pid)
    expect(family.length).toBeGreaterThan(1)
    talk.kill('SIGKILL')
    await allGone(family)
  })
})

describe('npm run talk with bad input', () => {
  it.each([
    { why: 'no recording', args: [], says: 'nothing to say' },
    { why: 'an unknown option', args: ['--loud'], says: 'Usage: npm run talk' },
    { why: 'a file that is not there', args: ['no-such.wav'], says: 'no-such.wav: There is no such file.' },
    { why: 'a file that is no recording', args: ['package.json'], says: 'package.json: This is not a WAV file.' },
    { why: 'a folder', args: ['tests/fixtures'], says: 'tests/fixtures: This is a folder' },
    {
      why: 'an answer file in no folder',
      args: ['tests/fixtures/stop.wav', '--out', 'no/such/answer.wav'],
      says: 'no/such/answer.wav: There is no such folder.',
    },
  ])('refuses $why before anything starts', async ({ args, says }) => {
    const { code, stdout, stderr } = await runScript([TALK, ...args])
    expect(code).toBe(2)
    expect(stderr).toContain(says)
    expect(stdout).toBe('')
  })

  it('says that no relay runs', async () => {
    const { code, stderr } = await runScript([TALK, recordingPath('stop'), '--url', 'http://127.0.0.1:9'])
    expect(code).toBe(1)
    expect(stderr).toContain('No relay answers at http://127.0.0.1:9. Start one with npm start.')
  })
})
