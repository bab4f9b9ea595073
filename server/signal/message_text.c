#include "signal/message_text.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/text.h"

struct scan {
    const char *text;
    size_t len, at;
    uint32_t tokens, depth;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_mark(char c)
{
    return c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',' || c == '"';
}

static bool is_utf8(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len) {
        if (ic_utf8_next(text, len, &at) < 0)
            return false;
    }
    return true;
}

/* From behind the opening quote to behind the closing one, or to the end. */
static void skip_text(struct scan *s)
{
    while (s->at < s->len && s->text[s->at] != '"')
        s->at += s->text[s->at] == '\\' ? 2 : 1;
    s->at++;
}

/* A number, true, false or null, or what the parser will refuse. Whole numbers only: the parser of
 * the other side has no others that are exact. */
static bool skip_word(struct scan *s)
{
    char first = s->text[s->at];
    bool is_number = first == '-' || (first >= '0' && first <= '9');
    for (; s->at < s->len; s->at++) {
        char c = s->text[s->at];
        if (is_space(c) || is_mark(c))
            break;
        if (is_number && (c == '.' || c == 'e' || c == 'E'))
            return false;
    }
    return true;
}

static bool next_token(struct scan *s)
{
    char c = s->text[s->at];
    if (++s->tokens > IC_JSON_TOKENS_MAX)
        return false;
    if (!is_mark(c))
        return skip_word(s);
    s->at++;
    if (c == '"')
        skip_text(s);
    else if (c == '{' || c == '[')
        return ++s->depth <= IC_JSON_DEPTH_MAX;
    else if (c == '}' || c == ']')
        return s->depth-- > 0;
    return true;
}

enum ic_err ic_message_text_check(const char *text, size_t len)
{
    struct scan s = {.text = text, .len = len};
    if (len > IC_WS_MESSAGE_MAX || !is_utf8(text, len))
        return IC_ERR_INPUT;
    while (s.at < s.len) {
        if (is_space(s.text[s.at]))
            s.at++;
        else if (!next_token(&s))
            return IC_ERR_INPUT;
    }
    return IC_OK;
}
