//! Words for HTTP and redirects.

words! { HTTP_ERROR
    title: "A server answers with an error",
    meaning: "One server on the way answered with an error in place of the audio or a redirect, so the download ends \
              there.",
    fixer: "The owner of the host named in the evidence must repair it.",
    meanwhile: "Tell its support the URL, the status and the time; if it is a measurement prefix, take the prefix \
                out of your episode URLs meanwhile.",
    to: Host,
    letter: "{host} answers with an error where our listeners download. Please repair it; URL, status and time are \
             below.",
}

words! { ORIGIN_FAILING
    title: "A host fails for everything asked of it",
    meaning: "Whatever was asked of this host fails in the same way (three files or more, or two feeds where it has \
              feeds alone), so the whole host is down although it still accepts connections. Nothing that runs \
              through it works: episodes fail, and apps see no new ones of its feeds.",
    fixer: "The host must repair its service.",
    meanwhile: "Look at its status page and tell its support; if it is a measurement prefix, take the prefix out of \
                your episode URLs meanwhile.",
    to: Host,
    letter: "Whatever is asked of {host} fails in the same way, although it accepts connections. Please repair the \
             service; what was asked, and how it failed, is below.",
}

words! { HTTP_GONE
    title: "The file is not there any more",
    meaning: "The last server on the way says that it has no such file (404 or 410). Listeners get an error.",
    fixer: "Upload the file again, or correct the episode's URL in your feed.",
    meanwhile: "Your hosting company can tell you where the file went; until it is back, listeners can only wait.",
    to: Hosting,
    letter: "The audio file of an episode of ours is not there any more: {host} answers that it has no such file. \
             Please put it back, or tell us where it went.",
}

words! { HTTP_FORBIDDEN
    title: "The server refuses to hand out the file",
    meaning: "The server asks for a permission that podcast apps do not have (401, 403 or 451). Usually the file is \
              set to private, or a signed link has run out.",
    fixer: "Make the file public at your hosting company, or let it repair its signed links.",
    meanwhile: "If the host only refuses robots, ask it to let podprobe's User-Agent pass.",
    to: Host,
    letter: "{host} refuses to hand out a file that podcast apps download without a login. Please make it public, or \
             repair the signed links that lead to it.",
}

words! { BLOCKED_TO_BOTS
    title: "The host turns robots away",
    meaning: "A wall against robots answered in place of the host, so podprobe cannot tell what listeners get. They \
              may be fine.",
    fixer: "The host can let podprobe's User-Agent pass.",
    meanwhile: "Play the episode in an app to be sure: podcast apps and directories are robots too, and a wall \
                before audio files hits them sooner or later.",
    to: Host,
    letter: "A wall against robots stands before the files of {host}. Podcast apps and directories are robots too: \
             please let requests for feeds and audio pass, those of podprobe's User-Agent included.",
}

words! { HTTP_RATE_LIMITED
    title: "The host asks to slow down",
    meaning: "The host answered that too much was asked of it (429, or 503 with Retry-After), and still did after \
              waiting as long as it wished. Whether listeners get the file is unknown.",
    fixer: "Probe this host less often or with fewer requests at once (--per-host).",
    meanwhile: "If listeners see errors as well, the host's limits are too tight for them: tell its support.",
    to: Host,
    letter: "{host} answers that too much is asked of it. If podcast apps meet the same limit, our listeners get \
             errors: please look whether it is too tight for feeds and audio.",
}

words! { HTTP_TIMEOUT
    title: "A server accepts the request and stays silent",
    meaning: "A server on the way took the connection but gave no complete answer in time. Apps give up after a wait.",
    fixer: "The owner of the host named in the evidence must find out what it waits for.",
    meanwhile: "Tell its support the URL and the time; if it is a measurement prefix, take the prefix out of your \
                episode URLs meanwhile.",
    to: Host,
    letter: "{host} takes the connection and the request, and gives no complete answer in time. Please find out what \
             it waits for; URL and time are below.",
}

words! { HTTP_PROTOCOL_ERROR
    title: "A server breaks off or answers nonsense",
    meaning: "A server on the way closed the connection too early or sent something that is no valid HTTP, so apps \
              cannot read its answer.",
    fixer: "The owner of the host named in the evidence must repair its server or the proxy before it.",
    meanwhile: "Tell its support the URL and the error shown; if it is a measurement prefix, take the prefix out of \
                your episode URLs meanwhile.",
    to: Host,
    letter: "{host} closes the connection too early, or sends something that is no valid HTTP. Please repair the \
             server or the proxy before it; URL and error are below.",
}

words! { REDIRECT_LOOP
    title: "The redirects run in a circle",
    meaning: "The servers on the way send apps back to where they have already been, so the audio is never reached.",
    fixer: "The owner of the host that sends the chain back, named in the evidence, must correct its redirect.",
    meanwhile: "If you changed a domain or a prefix lately, look there first.",
    to: Host,
    letter: "{host} redirects back to where the request came from, so our listeners never reach the audio. Please \
             correct the redirect below.",
}

words! { REDIRECT_LIMIT
    title: "Too many redirects before the audio",
    meaning: "The episode is handed from server to server so often that apps give up before they reach the audio.",
    fixer: "Take measurement prefixes out of your episode URLs until the chain is short; ten redirects are plenty.",
    meanwhile: "Your hosting company can tell you which of its own redirects it can spare.",
    to: Hosting,
    letter: "Our episodes are redirected so often that apps give up before they reach the audio. Which of these \
             redirects can be spared?",
}

words! { REDIRECT_BROKEN
    title: "A redirect leads nowhere",
    meaning: "A server on the way says that the file is elsewhere, but not where, or names an address that no app can \
              follow.",
    fixer: "The owner of the host named in the evidence must correct its redirect.",
    meanwhile: "It may also be that the URL in your feed is cut off or mistyped behind a prefix: look there first.",
    to: Host,
    letter: "A redirect of {host} leads nowhere: no app can follow it. Please correct it; what it says is below.",
}

words! { REDIRECT_DOWNGRADE
    title: "A secure link leads to an insecure one",
    meaning: "The chain goes from https back to http. Apps that insist on encryption stop there: many on Android by \
              default, and those with strict settings elsewhere.",
    fixer: "The owner of the host named in the evidence must redirect to https.",
    meanwhile: "If an http:// URL is written behind a prefix in your feed, change it to https://.",
    to: Host,
    letter: "{host} redirects from https to http. Apps that insist on encryption stop there. Please redirect to \
             https.",
}

words! { HTTP_CLEARTEXT
    title: "The episode's link is not encrypted",
    meaning: "The URL in the feed starts with http://. It works today, but others on the network can read and change \
              what is downloaded, and some apps refuse such links.",
    fixer: "Change the URLs in your feed to https:// where your host offers it; nearly all do.",
    meanwhile: "Most apps still download meanwhile.",
    to: Hosting,
    letter: "The audio URLs in our feed begin with http://. Please switch them to https://, for some apps refuse the \
             others.",
}

words! { CHAIN_SLOW
    title: "The audio takes long to start",
    meaning: "From the first request to the first byte of audio it took longer than listeners like to wait.",
    fixer: "The evidence shows which hop took the time: its owner can speed it up.",
    meanwhile: "Fewer prefixes help, and so does a word with the slow host.",
    to: Host,
    letter: "Our listeners wait long before the audio starts, and {host} is where the time goes. Please look into \
             it; the times are below.",
}

words! { CHAIN_LONG
    title: "Many redirects before the audio",
    meaning: "The download is handed on many times. Apple's apps give up after 16 redirects and most others after 20, \
              and each one adds a wait and a host that can fail.",
    fixer: "Take out measurement prefixes that you do not use any more.",
    meanwhile: "Your hosting company can tell you which of its own redirects it can spare.",
    to: Hosting,
    letter: "Our episodes are redirected many times before the audio, more often than some apps follow. Which of \
             these redirects can be spared?",
}

words! { ROUTE_MISMATCH
    title: "A prefix leads elsewhere than its link says",
    meaning: "The address behind a measurement prefix in the episode's URL is not the one that it sends listeners to. \
              The prefix is set up wrongly, or somebody has taken it over.",
    fixer: "The prefix's operator can say why it leads elsewhere; compare the two URLs in the evidence.",
    meanwhile: "If you do not know the second one, take the prefix out of your episode URLs until its operator has \
                answered.",
    to: Prefix,
    letter: "{host} sends our listeners to another address than the one written behind it in our episode URLs. Is \
             that intended? Both addresses are below.",
}
