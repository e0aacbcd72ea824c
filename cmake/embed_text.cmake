# Embeds text files, such as the scripts of a page, as a string constant.
#
#   embed_text(sources kReviewScript review/page/pictures.js review/page/grid.js)
#
# appends to `sources` a .cpp that defines, in namespace tagloom, `extern const char kReviewScript[]`, the files one after the other, and
# `extern const char kReviewScriptSha256[]`, its hash in hexadecimal, for a Content-Security-Policy.
function(embed_text sources name)
  set(text "")
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    file(READ ${file} one)
    string(APPEND text "${one}")
  endforeach()
  string(SHA256 hash "${text}")
  string(CONCAT code "// Made by cmake/embed_text.cmake.\nnamespace tagloom {\nextern const char ${name}[] = R\"==(" "${text}"
    ")==\";\nextern const char ${name}Sha256[] = \"${hash}\";\n}  // namespace tagloom\n")
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  set(before "")
  if(EXISTS ${output})
    file(READ ${output} before)
  endif()
  if(NOT before STREQUAL code)
    file(WRITE ${output} "${code}")
  endif()
  set(${sources} ${${sources}} ${output} PARENT_SCOPE)
endfunction()
