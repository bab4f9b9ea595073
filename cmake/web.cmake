# The web client, precompressed and embedded as a C source (scripts/embed_web.mjs). Without a built
# client the binary serves one page that says so. The audit build of the client (web/src/worker/audit.ts)
# is for incamera_tap alone.

set(IC_WEB_ASSETS_SOURCE "${CMAKE_BINARY_DIR}/web_assets.c")
set(IC_WEB_AUDIT_ASSETS_SOURCE "${CMAKE_BINARY_DIR}/web_audit_assets.c")
set(IC_WEB_AUDIT_DIST "${CMAKE_SOURCE_DIR}/web/dist-audit")
find_program(IC_NODE node HINTS "${CMAKE_SOURCE_DIR}/build/tools/bin")
foreach(kind IC_WEB IC_WEB_AUDIT)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS "${${kind}_DIST}/*")
    add_custom_command(
        OUTPUT "${${kind}_ASSETS_SOURCE}"
        COMMAND "${IC_NODE}" "${CMAKE_SOURCE_DIR}/scripts/embed_web.mjs" "${${kind}_DIST}" "${${kind}_ASSETS_SOURCE}"
        DEPENDS "${CMAKE_SOURCE_DIR}/scripts/embed_web.mjs" ${files}
        VERBATIM)
endforeach()
