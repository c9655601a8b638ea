/**
 * The head of the default catalogue: well-known artists and songs from general knowledge.
 * A line: artist | genre | year | song; song; …
 */
export const catalogueHead = `
The Beatles | rock | 1969 | Here Comes the Sun; Come Together; Let It Be; Yesterday; Hey Jude
Queen | rock | 1975 | Bohemian Rhapsody; Don't Stop Me Now; Another One Bites the Dust; Somebody to Love
ABBA | pop | 1976 | Dancing Queen; Mamma Mia; The Winner Takes It All; Gimme! Gimme! Gimme!
Michael Jackson | pop | 1982 | Billie Jean; Beat It; Thriller; Smooth Criminal
Madonna | pop | 1989 | Like a Prayer; Vogue; Hung Up; Material Girl
Prince | funk | 1984 | Purple Rain; When Doves Cry; Kiss
David Bowie | rock | 1977 | Heroes; Space Oddity; Let's Dance; Life on Mars?
Pink Floyd | rock | 1979 | Another Brick in the Wall; Wish You Were Here; Time; Comfortably Numb
Led Zeppelin | rock | 1971 | Stairway to Heaven; Whole Lotta Love; Immigrant Song
The Rolling Stones | rock | 1969 | Gimme Shelter; Paint It, Black; Start Me Up
Fleetwood Mac | rock | 1977 | Dreams; The Chain; Everywhere; Go Your Own Way
Nirvana | rock | 1991 | Smells Like Teen Spirit; Come as You Are; Lithium
Radiohead | alternative | 1997 | Karma Police; Creep; No Surprises; Paranoid Android
Oasis | rock | 1995 | Wonderwall; Don't Look Back in Anger; Champagne Supernova
Coldplay | pop | 2008 | Viva la Vida; Yellow; The Scientist; Fix You; Clocks
U2 | rock | 1987 | With or Without You; One; Beautiful Day
R.E.M. | alternative | 1991 | Losing My Religion; Everybody Hurts
Arctic Monkeys | alternative | 2013 | Do I Wanna Know?; 505; R U Mine?; I Bet You Look Good on the Dancefloor
The Strokes | alternative | 2003 | Reptilia; Last Nite; Someday
Red Hot Chili Peppers | rock | 1999 | Californication; Under the Bridge; Scar Tissue; Can't Stop
Metallica | metal | 1991 | Enter Sandman; Nothing Else Matters; Master of Puppets
Iron Maiden | metal | 1982 | The Number of the Beast; Run to the Hills; Fear of the Dark
AC/DC | rock | 1980 | Back in Black; Thunderstruck; Highway to Hell
Linkin Park | metal | 2000 | In the End; Numb; One Step Closer
System of a Down | metal | 2001 | Chop Suey!; Toxicity; Aerials
Rammstein | metal | 1997 | Du hast; Sonne; Engel
Taylor Swift | pop | 2014 | Blank Space; Shake It Off; Cruel Summer; Anti-Hero; Love Story; Style
Adele | soul | 2011 | Rolling in the Deep; Someone Like You; Hello; Set Fire to the Rain
Beyoncé | r&b | 2008 | Halo; Crazy in Love; Single Ladies; Formation
Rihanna | pop | 2007 | Umbrella; Diamonds; We Found Love; Work
Lady Gaga | pop | 2008 | Bad Romance; Poker Face; Shallow; Just Dance
Katy Perry | pop | 2010 | Teenage Dream; Firework; Roar
Ed Sheeran | pop | 2017 | Shape of You; Perfect; Thinking Out Loud; Bad Habits
Justin Bieber | pop | 2015 | Sorry; Love Yourself; Peaches
Ariana Grande | pop | 2019 | 7 rings; thank u, next; Into You; positions
Dua Lipa | pop | 2020 | Levitating; Don't Start Now; New Rules; Physical
Billie Eilish | alternative | 2019 | bad guy; lovely; when the party's over; BIRDS OF A FEATHER
Olivia Rodrigo | pop | 2021 | good 4 u; drivers license; vampire
Harry Styles | pop | 2022 | As It Was; Watermelon Sugar; Adore You
The Weeknd | r&b | 2019 | Blinding Lights; Starboy; Save Your Tears; The Hills
Bruno Mars | pop | 2012 | Locked Out of Heaven; Just the Way You Are; 24K Magic
SZA | r&b | 2022 | Kill Bill; Snooze; Good Days
Frank Ocean | r&b | 2016 | Nights; Pink + White; Thinkin Bout You
Drake | hip-hop | 2018 | God's Plan; Hotline Bling; One Dance; Passionfruit; Nice For What
Kendrick Lamar | hip-hop | 2017 | HUMBLE.; Alright; Money Trees; DNA.; Not Like Us
Eminem | hip-hop | 2002 | Lose Yourself; Without Me; The Real Slim Shady; Stan
Kanye West | hip-hop | 2007 | Stronger; Gold Digger; Heartless; Power
Jay-Z | hip-hop | 2003 | 99 Problems; Empire State of Mind
OutKast | hip-hop | 2003 | Hey Ya!; Ms. Jackson; Roses
Travis Scott | hip-hop | 2018 | SICKO MODE; goosebumps; HIGHEST IN THE ROOM
Post Malone | hip-hop | 2018 | Circles; Sunflower; rockstar; Better Now
Nicki Minaj | hip-hop | 2012 | Super Bass; Starships
Missy Elliott | hip-hop | 2002 | Work It; Get Ur Freak On
A Tribe Called Quest | hip-hop | 1990 | Can I Kick It?; Electric Relaxation
Lauryn Hill | soul | 1998 | Doo Wop (That Thing); Ex-Factor
Stevie Wonder | soul | 1972 | Superstition; Sir Duke; Isn't She Lovely
Marvin Gaye | soul | 1971 | What's Going On; Let's Get It On
Aretha Franklin | soul | 1967 | Respect; Chain of Fools
Amy Winehouse | soul | 2006 | Back to Black; Rehab; Valerie
Nina Simone | jazz | 1965 | Feeling Good; Sinnerman
Miles Davis | jazz | 1959 | So What; Blue in Green; Freddie Freeloader
John Coltrane | jazz | 1964 | Acknowledgement; Naima; Giant Steps
Dave Brubeck | jazz | 1959 | Take Five; Blue Rondo à la Turk
Norah Jones | jazz | 2002 | Don't Know Why; Come Away with Me
Daft Punk | electronic | 2001 | One More Time; Get Lucky; Harder, Better, Faster, Stronger; Around the World
The Chemical Brothers | electronic | 1999 | Hey Boy Hey Girl; Galvanize
Massive Attack | electronic | 1998 | Teardrop; Angel; Unfinished Sympathy
Aphex Twin | electronic | 2001 | Avril 14th; Xtal; Windowlicker
Kraftwerk | electronic | 1978 | The Model; Autobahn; Computer Love
Avicii | electronic | 2013 | Wake Me Up; Levels; Hey Brother
Calvin Harris | electronic | 2012 | Summer; Feel So Close; This Is What You Came For
Depeche Mode | electronic | 1990 | Enjoy the Silence; Personal Jesus
New Order | electronic | 1983 | Blue Monday; Bizarre Love Triangle
Air | electronic | 1998 | La femme d'argent; Sexy Boy
Bob Marley | reggae | 1980 | Could You Be Loved; Three Little Birds; Is This Love
Johnny Cash | country | 1956 | I Walk the Line; Ring of Fire; Hurt
Dolly Parton | country | 1973 | Jolene; 9 to 5
Chris Stapleton | country | 2015 | Tennessee Whiskey; You Should Probably Leave
Luke Combs | country | 2019 | Beautiful Crazy; Fast Car
Bob Dylan | folk | 1965 | Like a Rolling Stone; Blowin' in the Wind
Simon & Garfunkel | folk | 1966 | The Sound of Silence; Mrs. Robinson; The Boxer
Joni Mitchell | folk | 1971 | A Case of You; Big Yellow Taxi
Bon Iver | folk | 2008 | Skinny Love; Holocene
Fleet Foxes | folk | 2008 | White Winter Hymnal; Mykonos
Bad Bunny | latin | 2022 | Tití Me Preguntó; Me Porto Bonito; Dákiti
Shakira | latin | 2006 | Hips Don't Lie; Whenever, Wherever; La La La
Rosalía | latin | 2018 | Malamente; DESPECHÁ; Saoko
Karol G | latin | 2021 | BICHOTA; TQG; PROVENZA
Daddy Yankee | latin | 2004 | Gasolina; Con Calma
Juanes | latin | 2004 | La Camisa Negra; A Dios le Pido
Caetano Veloso | latin | 1967 | Alegria, Alegria; Sozinho
João Gilberto | jazz | 1964 | Chega de Saudade; Desafinado
Stromae | pop | 2013 | Papaoutai; Alors on danse; Formidable
Édith Piaf | chanson | 1946 | La vie en rose; Non, je ne regrette rien
Christine and the Queens | pop | 2014 | Tilted; Christine
Måneskin | rock | 2021 | Beggin'; I Wanna Be Your Slave; Zitti e buoni
Robyn | pop | 2010 | Dancing On My Own; With Every Heartbeat
Björk | alternative | 1995 | Army of Me; Hyperballad; Jóga
Sigur Rós | alternative | 2005 | Hoppípolla; Sæglópur
BTS | k-pop | 2020 | Dynamite; Butter; Boy With Luv; Spring Day
BLACKPINK | k-pop | 2020 | How You Like That; DDU-DU DDU-DU; Pink Venom
NewJeans | k-pop | 2022 | Ditto; Hype Boy; Super Shy
YOASOBI | j-pop | 2020 | 夜に駆ける; アイドル
Utada Hikaru | j-pop | 1999 | First Love; One Last Kiss
Fela Kuti | afrobeat | 1976 | Zombie; Water No Get Enemy
Burna Boy | afrobeat | 2022 | Last Last; Ye; On the Low
Wizkid | afrobeat | 2020 | Essence; Ojuelegba
Tame Impala | alternative | 2015 | The Less I Know the Better; Let It Happen; Borderline
Lana Del Rey | alternative | 2012 | Summertime Sadness; Video Games; Born to Die
Florence + The Machine | alternative | 2009 | Dog Days Are Over; Shake It Out
Phoebe Bridgers | alternative | 2020 | Kyoto; Motion Sickness
The Cure | alternative | 1989 | Just Like Heaven; Boys Don't Cry; Lovesong
The Smiths | alternative | 1986 | There Is a Light That Never Goes Out; This Charming Man
Joy Division | alternative | 1980 | Love Will Tear Us Apart; Disorder
Talking Heads | alternative | 1983 | This Must Be the Place; Psycho Killer
Kate Bush | alternative | 1985 | Running Up That Hill; Wuthering Heights
Earth, Wind & Fire | funk | 1978 | September; Let's Groove
Chic | funk | 1978 | Le Freak; Good Times
Ludwig van Beethoven | classical | 1801 | Moonlight Sonata; Für Elise; Symphony No. 9: Ode to Joy
Johann Sebastian Bach | classical | 1720 | Cello Suite No. 1: Prélude; Air on the G String
Claude Debussy | classical | 1905 | Clair de lune; Rêverie
Erik Satie | classical | 1888 | Gymnopédie No. 1; Gnossienne No. 1
Ludovico Einaudi | classical | 2013 | Experience; Nuvole Bianche
Max Richter | classical | 2004 | On the Nature of Daylight; Dream 3
`;

/** Words that the names of the generated tail are made of. */
export const nameWords = {
  first:
    'Amber Arctic Autumn Black Blue Broken Cardinal Cedar Clear Coastal Copper Coral Crystal Distant Drifting Early Eastern Electric Emerald Empty Endless Faded Fallen Fifth Final First Floating Foreign Frozen Gentle Ghost Glass Golden Grand Green Half Hidden High Hollow Holy Indigo Iron Ivory Jade Kind Last Late Little Lonely Long Lost Lucky Lunar Marble Midnight Minor Modern Morning Neon New Night Northern Old Open Orange Pale Paper Parallel Patient Pink Plain Quiet Rapid Rare Red Restless Royal Sacred Second Secret Seven Shallow Silent Silver Simple Slow Small Soft Solar Southern Spare Stone Strange Summer Sweet Tall Tender Tiny True Velvet Violet Warm Western White Wild Winter Wooden Yellow Young'.split(
      ' ',
    ),
  second:
    'Airport Anchor Angel Animal Atlas Avenue Balcony Ballad Beacon Bird Bloom Boat Bridge Canyon Carnival Cathedral Chapel Children City Cloud Coast Colony Compass Cousin Cradle Crane Dancer Desert Diary Dream Echo Empire Engine Evening Family Feather Ferry Field Fire Flag Flower Forest Fountain Fox Garden Gate Giant Harbor Heart Highway Hill Holiday Horizon Horse Hotel House Island Journey Kingdom Ladder Lake Lantern Letter Library Light Lion Machine Map Market Memory Meteor Mirror Mountain Museum Music Ocean Orchard Orchestra Palace Parade Park Piano Pilot Pioneer Planet Queen Radio Railway Rain Rhythm River Road Room Satellite School Season Shadow Shore Signal Silence Sister Sky Smoke Snow Song Spirit Stairs Station Storm Story Stranger Street Sun Swan Temple Theatre Thunder Tide Tower Traveller Tree Valley Village Voice Wave Weather Wheel Wind Window Winter Wolf Wonder'.split(
      ' ',
    ),
};
