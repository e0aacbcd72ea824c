# Manual pages and shell completions, printed by the tools themselves.
set(TAGLOOM_SHARE ${PROJECT_BINARY_DIR}/share)
set(share_files "")
function(write_from_tool file tool)   # ARGN: the arguments of the tool, and "| gzip" for a compressed file
  get_filename_component(folder ${TAGLOOM_SHARE}/${file} DIRECTORY)
  add_custom_command(OUTPUT ${TAGLOOM_SHARE}/${file} DEPENDS ${tool} COMMENT "Writing ${file}"
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder} COMMAND $<TARGET_FILE:${tool}> ${ARGN} > ${TAGLOOM_SHARE}/${file})
  set(share_files ${share_files} ${TAGLOOM_SHARE}/${file} PARENT_SCOPE)
endfunction()

foreach(tool IN LISTS TAGLOOM_TOOLS)
  write_from_tool(man/man1/${tool}.1.gz ${tool} --manual | gzip -9n)
  write_from_tool(bash-completion/completions/${tool} ${tool} --completion bash)
  write_from_tool(zsh/site-functions/_${tool} ${tool} --completion zsh)
  write_from_tool(fish/vendor_completions.d/${tool}.fish ${tool} --completion fish)
endforeach()
write_from_tool(man/man5/tagloom-settings.5.gz tagtrain --manual --help-settings | gzip -9n)
add_custom_command(OUTPUT ${TAGLOOM_SHARE}/doc/tagloom/changelog.gz DEPENDS ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  COMMAND ${CMAKE_COMMAND} -E make_directory ${TAGLOOM_SHARE}/doc/tagloom
  COMMAND gzip -9nc ${PROJECT_SOURCE_DIR}/CHANGELOG.md > ${TAGLOOM_SHARE}/doc/tagloom/changelog.gz)
list(APPEND share_files ${TAGLOOM_SHARE}/doc/tagloom/changelog.gz)
add_custom_target(manuals ALL DEPENDS ${share_files})
install(DIRECTORY ${TAGLOOM_SHARE}/ DESTINATION ${CMAKE_INSTALL_DATADIR} COMPONENT tools)
