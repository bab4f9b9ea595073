/* room: tlog */
/* Signed notes, cosignatures and verifier keys of both kinds. Input: a byte that chooses, then the
 * bytes. */
#include "base/assert.h"
#include "tlog/cosignature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_key(const uint8_t *data, size_t size)
{
    struct ic_note_key key;
    uint8_t out[IC_NOTE_VKEY_MAX];
    if (ic_note_key_parse(&key, (const char *)data, size) != IC_OK)
        return;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_note_key_write(&w, &key);
    IC_ASSERT(ic_wr_ok(&w) && w.len == size && memcmp(out, data, size) == 0);
}

static void try_witness(const uint8_t *data, size_t size)
{
    struct ic_witness witness;
    uint8_t out[IC_NOTE_VKEY_MAX];
    if (ic_witness_parse(&witness, (const char *)data, size) != IC_OK)
        return;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_note_key_write(&w, &witness.key);
    IC_ASSERT(ic_wr_ok(&w) && w.len == size && memcmp(out, data, size) == 0);
    struct ic_note_key key;
    IC_ASSERT(ic_note_key_parse(&key, (const char *)data, size) == IC_ERR_INPUT);
}

/* The one text that this witness is known to have cosigned. */
static void try_cosignature(const uint8_t *data, size_t size)
{
    static const char signed_text[] =
        "log.example/one\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    static const uint8_t public_key[IC_ED25519_KEY_LEN] = {
        0x81, 0x39, 0x77, 0x0e, 0xa8, 0x7d, 0x17, 0x5f, 0x56, 0xa3, 0x54,
        0x66, 0xc3, 0x4c, 0x7e, 0xcc, 0xcb, 0x8d, 0x8a, 0x91, 0xb4, 0xee,
        0x37, 0xa2, 0x5d, 0xf6, 0x0f, 0x5b, 0x8f, 0xc9, 0xb3, 0x94};
    struct ic_note note;
    struct ic_witness witness;
    uint64_t time_s;
    if (ic_note_parse(data, size, &note) != IC_OK)
        return;
    IC_ASSERT(ic_witness_init(&witness, "witness.example/w1", 18, public_key) == IC_OK);
    if (ic_cosignature_verify(&note, &witness, &time_s) == IC_OK)
        IC_ASSERT(note.text_len == sizeof signed_text - 1 &&
                  memcmp(note.text, signed_text, note.text_len) == 0);
}

static void try_note(const uint8_t *data, size_t size)
{
    struct ic_note note;
    struct ic_note_key key;
    static const uint8_t public_key[IC_ED25519_KEY_LEN] = {
        0xe9, 0x32, 0x79, 0x1a, 0xe6, 0xe7, 0xa8, 0x40, 0xa4, 0x61, 0x64,
        0xc9, 0x04, 0x78, 0x64, 0x26, 0xd5, 0xe7, 0x82, 0x1d, 0xd8, 0xb2,
        0x9a, 0x00, 0xd6, 0x1c, 0xae, 0x72, 0xaf, 0xdd, 0x4d, 0xa4,
    };
    if (ic_note_parse(data, size, &note) != IC_OK)
        return;
    IC_ASSERT(note.text == data && note.text_len > 0 && note.text[note.text_len - 1] == '\n');
    IC_ASSERT(note.text_len + 1 + note.lines_len == size);
    IC_ASSERT(ic_note_key_init(&key, "example.com/foo", 15, public_key) == IC_OK);
    /* The one text that this key is known to have signed. */
    static const char signed_text[] = "This is an example message.\n";
    if (ic_note_verify(&note, &key) == IC_OK)
        IC_ASSERT(note.text_len == sizeof signed_text - 1 &&
                  memcmp(note.text, signed_text, note.text_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    static void (*const targets[])(const uint8_t *, size_t) = {try_note, try_key, try_cosignature,
                                                               try_witness};
    targets[data[0] % 4](&data[1], size - 1);
    return 0;
}
