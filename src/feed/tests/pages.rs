//! Further pages of a feed (RFC 5005 3).

use super::*;

fn page(items: &[(&str, &str)], next: Option<&str>) -> Feed {
    let items: String = items
        .iter()
        .map(|(guid, date)| format!("<item><title>{guid}</title><guid>{guid}</guid><pubDate>{date}</pubDate></item>"))
        .collect();
    let next = next.map(|next| {
        format!("<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='next' href='https://h.example/{next}'/>")
    });
    feed(rss(&(next.unwrap_or_default() + &items)))
}

#[test]
fn pages_make_one_feed() {
    let mut first = page(&[("a", "5 Nov 2026"), ("b", "4 Nov 2026")], Some("2"));
    assert_eq!(first.next_page.as_deref(), Some("https://h.example/2"));
    merge(&mut first, page(&[("b", "4 Nov 2026"), ("c", "3 Nov 2026"), ("d", "")], Some("3")), &limits());
    assert_eq!(titles(&first), ["a", "b", "c", "d"]);
    assert_eq!((first.items, first.next_page.as_deref()), (5, Some("https://h.example/3")));
    let orders: Vec<_> = first.episodes.iter().map(|episode| episode.order).collect();
    assert_eq!(orders, [0, 1, 3, 4]);
    merge(&mut first, page(&[("z", "9 Nov 2026"), ("e", "")], None), &Limits { episodes: Some(4), ..limits() });
    assert_eq!(titles(&first), ["z", "a", "b", "c"]);
    assert_eq!(first.next_page, None);
}

#[test]
fn items_without_guid_are_known_by_their_enclosure() {
    let item = |title: &str, url: &str| {
        format!("<item><title>{title}</title><enclosure url='https://h.example/{url}'/></item>")
    };
    let mut first = feed(rss(&item("a", "1.mp3")));
    merge(
        &mut first,
        feed(rss(&(item("again", "1.mp3") + &item("b", "2.mp3") + "<item><title>bare</title></item>"))),
        &limits(),
    );
    assert_eq!(titles(&first), ["a", "b", "bare"]);
}

#[test]
fn oddities_of_all_pages_stay_within_the_bound() {
    let odd = |n: usize| feed(rss(&"<item><title>a & b</title></item>".repeat(n)));
    let mut first = odd(15);
    assert_eq!(first.oddities.len(), 15);
    merge(&mut first, odd(15), &limits());
    assert_eq!(first.oddities.len(), 20);
}

#[test]
fn the_next_page_is_the_feeds_own_and_not_an_items() {
    let link = "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='next' href='https://h.example/no'/>";
    assert_eq!(feed(rss(&format!("<item>{link}</item>"))).next_page, None);
}
