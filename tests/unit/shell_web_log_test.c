/* A transparency log that a node serves: what is covered by the checkpoint, as it stands, and not a
 * byte of another file. */
#include "web_fixture.h"

#include <sys/stat.h>

#define HOST "Host: meet.example.org\r\n"

static char folder[256];

static void put(const char *name, const void *bytes, size_t len)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = &path[strlen(folder) + 1]; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

/* A checkpoint of so many entries; who signed it is not what the server looks at. */
static void put_checkpoint(unsigned size)
{
    char text[256];
    int n = snprintf(text, sizeof text,
                     "meet.example.org/log\n%u\nwMEonwBgX419h4C59CZMc2zPuEzpFwjCsn5kJr/H2Kg=\n\n"
                     "\xe2\x80\x94 meet.example.org/log AAAAAAAA\n",
                     size);
    put("public/checkpoint", text, (size_t)n);
}

static int make_folder(void **state)
{
    static uint8_t bundle[16 << 20];
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/incamera-web-log-XXXXXX");
    assert_non_null(mkdtemp(folder));
    put_checkpoint(300);
    memset(bundle, 'e', sizeof bundle);
    put("key", "secret", 6);
    put("public/key", "secret", 6);
    put("public/tile/0/000", bundle, 8192);
    put("public/tile/0/001.p/44", bundle, 44 * 32);
    put("public/tile/0/001.p/45", bundle, 45 * 32); /* written, and not yet signed */
    put("public/tile/entries/000", bundle, sizeof bundle);
    put("public/tile/entries/001.p/7", "old", 3);
    put("public/tile/1/000.p/1", "", 0);
    return 0;
}

static int remove_folder(void **state)
{
    char command[300];
    (void)state;
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

static void open_server(struct fixture *f, const char *below)
{
    static char path[300];
    struct ic_web_config config = basic_config();
    snprintf(path, sizeof path, "%s%s", folder, below);
    config.log_folder = path;
    fixture_init(f, &config);
}

static struct answer get(struct fixture *f, const char *path)
{
    char request[512];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "\r\n", path);
    return ask(f, request);
}

static unsigned get_status(struct fixture *f, const char *path)
{
    struct answer a = get(f, path);
    unsigned status = a.status;
    answer_free(&a);
    return status;
}

static void what_is_served(void **state)
{
    static const char forever[] = "public, max-age=31536000, immutable";
    static const struct {
        const char *path, *type, *cache;
        size_t len;
    } rows[] = {
        {"/log/checkpoint", "text/plain; charset=utf-8", "no-cache", 0},
        {"/log/tile/0/000", "application/octet-stream", forever, 8192},
        {"/log/tile/0/001.p/44", "application/octet-stream", forever, 44 * 32},
        {"/log/tile/entries/000", "application/octet-stream", forever, 16 << 20},
        {"/log/tile/entries/001.p/7", "application/octet-stream", forever, 3},
    };
    struct fixture f;
    (void)state;
    open_server(&f, "/public");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct answer a = get(&f, rows[i].path);
        assert_int_equal(a.status, 200);
        assert_string_equal(field(&a, "Content-Type"), rows[i].type);
        assert_string_equal(field(&a, "Cache-Control"), rows[i].cache);
        assert_string_equal(field(&a, "X-Content-Type-Options"), "nosniff");
        assert_true(rows[i].len == 0 || a.body_len == rows[i].len);
        answer_free(&a);
    }
    struct answer a = get(&f, "/log/checkpoint");
    assert_memory_equal(a.body, "meet.example.org/log\n300\n", 25);
    answer_free(&a);
    put_checkpoint(301); /* what grows is seen at once */
    assert_int_equal(get_status(&f, "/log/tile/0/001.p/45"), 200);
    put_checkpoint(300);
    fixture_deinit(&f);
}

static void what_is_not(void **state)
{
    static const char *const none[] = {
        "/log/",
        "/log",
        "/log/key",
        "/log/../key",
        "/log/..%2fkey",
        "/log/checkpoint/",
        "/log/checkpoint.",
        "/log//checkpoint",
        "/log/tile",
        "/log/tile/",
        "/log/tile/0/",
        "/log/tile/00/000",
        "/log/tile/0/0",
        "/log/tile/0/000/",
        "/log/tile/0/000.p",
        "/log/tile/0/000.p/",
        "/log/tile/0/000.p/0",
        "/log/tile/0/000.p/256",
        "/log/tile/0/001.p/044",
        "/log/tile/0/x000/000",
        "/log/tile/0/../../../key",
        "/log/tile/0/001.p/45", /* beyond the checkpoint */
        "/log/tile/0/001",
        "/log/tile/0/002.p/1",
        "/log/tile/entries/002",
        "/log/tile/2/000.p/1",
        "/log/tile/0/001.p/43", /* covered, but nobody was ever given it */
        "/log/tile/7/x999/x999/x999/x999/x999/x999/999",
    };
    struct fixture f;
    (void)state;
    open_server(&f, "/public");
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (get_status(&f, none[i]) != 404 && get_status(&f, none[i]) != 400)
            fail_msg("%s", none[i]);
    assert_int_equal(get_status(&f, "/log/tile/1/000.p/1"), 500); /* empty: a disk that lost it */
    struct answer a = ask(&f, "POST /log/checkpoint HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
    assert_int_equal(a.status, 405);
    assert_string_equal(field(&a, "Allow"), "GET, HEAD");
    answer_free(&a);
    fixture_deinit(&f);
}

/* No folder, none that is there, one without a checkpoint: nothing of a log is there. */
static void without_a_log(void **state)
{
    static const char *const below[] = {"/nowhere", "/public/tile"};
    struct fixture f;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        open_server(&f, below[i]);
        assert_int_equal(get_status(&f, "/log/checkpoint"), 404);
        assert_int_equal(get_status(&f, "/log/tile/0/000"), 404);
        fixture_deinit(&f);
    }
    for (size_t i = 0; i < 2; i++) {
        struct ic_web_config config = basic_config();
        config.log_folder = i == 0 ? NULL : "";
        fixture_init(&f, &config);
        assert_int_equal(get_status(&f, "/log/checkpoint"), 404);
        fixture_deinit(&f);
    }
}

/* Readers that do not read hold no more than the bound; then large answers have to wait. */
static void a_bound_for_all(void **state)
{
    enum { READERS = 4 };
    static struct client readers[READERS + 1];
    static char papers[6 << 20];
    struct fixture f;
    (void)state;
    memset(papers, 'p', sizeof papers - 1);
    open_server(&f, "/public");
    for (size_t i = 0; i < READERS; i++) {
        readers[i] = client_open(&f);
        client_text(&f, &readers[i], "GET /log/tile/entries/000 HTTP/1.1\r\n" HOST "\r\n");
        turn_for(&f, 2);
    }
    WAIT_FOR(&f, stats_of(&f).requests == READERS);
    struct answer a = get(&f, "/log/tile/entries/000");
    assert_int_equal(a.status, 503);
    assert_string_equal(field(&a, "Retry-After"), "1");
    answer_free(&a);
    a = ask(&f, "HEAD /log/tile/entries/000 HTTP/1.1\r\n" HOST "\r\n"); /* takes no memory */
    assert_int_equal(a.status, 200);
    assert_string_equal(field(&a, "Content-Length"), "16777216");
    answer_free(&a);
    f.blob_result = IC_OK;
    assert_int_equal(get_status(&f, "/api/v1/blobs/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                     503);
    /* The node is told all the same; that more than the bound is under way frees no room. */
    ic_web_show_node(f.web, papers, 4102444800);
    readers[READERS] = client_open(&f);
    client_text(&f, &readers[READERS], "GET /api/v1/nodes/self HTTP/1.1\r\n" HOST "\r\n");
    WAIT_FOR(&f, stats_of(&f).requests == READERS + 4);
    assert_int_equal(get_status(&f, "/log/tile/entries/000"), 503);
    assert_int_equal(get_status(&f, "/log/checkpoint"), 503);
    ic_web_show_node(f.web, "{}", 4102444800);
    assert_int_equal(get_status(&f, "/api/v1/nodes/self"), 200);
    for (size_t i = 0; i < READERS + 1; i++)
        client_close(&readers[i]);
    WAIT_FOR(&f, stats_of(&f).connections == 0);
    assert_int_equal(get_status(&f, "/log/tile/entries/000"), 200);
    fixture_deinit(&f);
}

/* A large answer leaves in so many writes a turn. Wherever its last one falls, the next request on
 * the connection is answered. */
static void behind_a_large_answer(void **state)
{
    enum { WRITE = 16384, WRITES_MAX = 40 };
    static uint8_t bundle[WRITES_MAX * WRITE];
    struct fixture f;
    (void)state;
    open_server(&f, "/public");
    struct client c = client_open(&f);
    for (size_t len = WRITE; len <= sizeof bundle; len += WRITE) {
        put("public/tile/entries/001.p/8", bundle, len);
        struct answer a = ask_on(&f, &c, "GET /log/tile/entries/001.p/8 HTTP/1.1\r\n" HOST "\r\n");
        assert_int_equal(a.status, 200);
        assert_int_equal(a.body_len, len);
        answer_free(&a);
        a = ask_on(&f, &c, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
        assert_int_equal(a.status, 200);
        answer_free(&a);
    }
    client_close(&c);
    fixture_deinit(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_served),        cmocka_unit_test(what_is_not),
        cmocka_unit_test(without_a_log),         cmocka_unit_test(a_bound_for_all),
        cmocka_unit_test(behind_a_large_answer),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
