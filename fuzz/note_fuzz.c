/* room: tlog */
/* Signed notes and verifier keys. Input: a byte that chooses, then the bytes. */
#include "base/assert.h"
#include "tlog/note.h"

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
    if (data[0] % 2 == 0)
        try_note(&data[1], size - 1);
    else
        try_key(&data[1], size - 1);
    return 0;
}
