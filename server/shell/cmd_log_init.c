/* incamera log init: a log and its key. */
#include <stdio.h>
#include <string.h>

#include "shell/cmd_log.h"
#include "shell/log_folder.h"
#include "shell/log_reader.h"

static const char help[] =
    "usage: incamera log init --name NAME [--json] FOLDER\n\n"
    "Makes FOLDER with a log of no entries, its key (key, mode 0600) and its verifier key (vkey).\n"
    "FOLDER/public is what is served. Only one machine may have the key; keep a copy of FOLDER\n"
    "that is never older than what was published: an old copy is refused, or is a fork.\n\n"
    "  --name NAME  of the log, for good: the host name and a path, as meet.example.org/log\n"
    "  --json       {\"ok\":true,\"name\":...,\"vkey\":...} or {\"ok\":false,\"error\":...}\n\n"
    "Exit status: 0 it is made, 1 it cannot be made, 2 wrong usage.";

int ic_cmd_log_init(int argc, char **argv)
{
    static struct ic_log_reader reader;
    const char *name = NULL, *folder = NULL, *value;
    bool is_json = false;
    char why[IC_CMD_WHY_MAX] = "";
    if (ic_cmd_is_help(argc, argv)) {
        puts(help);
        return 0;
    }
    for (int i = 0; i < argc && why[0] == '\0'; i++) {
        if ((value = ic_cmd_value_of("--name", argc, argv, &i)) != NULL)
            name = value;
        else if (strcmp(argv[i], "--json") == 0)
            is_json = true;
        else if (argv[i][0] == '-' || folder != NULL)
            snprintf(why, sizeof why,
                     "\"%.60s\" is not understood. See 'incamera log init --help'.", argv[i]);
        else
            folder = argv[i];
    }
    if (why[0] == '\0' && (name == NULL || folder == NULL))
        snprintf(why, sizeof why, "%s is missing. See 'incamera log init --help'.",
                 name == NULL ? "--name" : "FOLDER");
    if (why[0] != '\0')
        return ic_cmd_log_refuse("init", is_json, why, 2);
    enum ic_err err = ic_log_folder_create(folder, name, why);
    if (err != IC_OK)
        return ic_cmd_log_refuse("init", is_json, why, err == IC_ERR_INPUT ? 2 : 1);
    if (!ic_log_reader_open(&reader, folder))
        return ic_cmd_log_refuse("init", is_json, reader.why, 1);
    uint8_t vkey[IC_NOTE_VKEY_MAX];
    struct ic_wr w = ic_wr_init(vkey, sizeof vkey);
    ic_note_key_write(&w, &reader.key);
    if (is_json)
        ic_cmd_print_json(json_pack("{s:b,s:s,s:s%}", "ok", 1, "name", reader.key.name, "vkey",
                                    (const char *)vkey, w.len));
    else
        printf("%.*s\n\nThe line above is the log's verifier key: it goes into policy files.\n"
               "%s/key signs the log. Nobody else may have it.\n",
               (int)w.len, (const char *)vkey, folder);
    return 0;
}
